"""What `check_urls` says of addresses, asked of servers on this machine; and whom it refuses to ask."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import InvalidInput
from app.jobs.check_urls import check_urls
from app.jobs.check_urls.addresses import MOST_ADDRESSES
from app.jobs.check_urls.credentials import without_credentials
from app.outward.network import is_public
from app.queue import JobError, UploadedFile, registry, start
from tests.actors import ME
from tests.patience import patient
from tests.ports import free_port
from tests.unit.jobs.conftest import NotedContext, Stopped, assert_harmless
from tests.unit.jobs.servers import Server, running, saying, write_certificate
from tests.waiting import until

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server on this machine."""
    with running() as server:
        yield server


@pytest.fixture
def private_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow what is not public: the tests' own servers are on this machine."""
    monkeypatch.setenv("JOBDECK_ALLOW_PRIVATE_URLS", "1")


@pytest.fixture
def one(noted: NotedContext, private_allowed: None) -> Callable[..., dict[str, Any]]:
    """Check one address and return what is known about it."""

    def ask(url: str, **options: Any) -> dict[str, Any]:
        check_urls(noted, [url], **options)
        found: dict[str, Any] = noted.json["urls"][0]
        return found

    return ask


def test_addresses_when_they_answer_are_listed_in_their_order(
    noted: NotedContext, server: Server, private_allowed: None
) -> None:
    urls = [server.url(f"status/{status}") for status in (200, 404, 503, 204)]

    sentence = check_urls(noted, urls)

    assert sentence == "2 of 4 addresses are broken"
    found = noted.json["urls"]
    assert [one["url"] for one in found] == urls
    assert [one["status"] for one in found] == [200, 404, 503, 204]
    assert [one["works"] for one in found] == [True, False, False, True]
    assert all(one["seconds"] >= 0 for one in found)
    assert {one["address"] for one in found} == {"127.0.0.1"}
    assert [row["works"] for row in noted.rows] == ["yes", "no", "no", "yes"]
    assert (noted.bar[0], noted.bar[-1]) == (0, 4)
    assert len(noted.lines) == 2


def test_redirects_when_followed_are_listed_step_by_step(one: Callable[..., dict[str, Any]], server: Server) -> None:
    second = server.url("to/" + "/status/200")

    found = one(server.url("to/" + second))

    assert (found["status"], found["works"]) == (200, True)
    assert found["redirects"] == [{"status": 302, "url": second}, {"status": 302, "url": server.url("status/200")}]
    assert found["final_url"] == server.url("status/200")


def test_redirects_when_they_never_end_are_given_up(one: Callable[..., dict[str, Any]], server: Server) -> None:
    assert one(server.url("loop"))["error"] == "more than 10 redirects"


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("ftp://127.0.0.1/a", "it leads to ftp:, which is not asked"),
        ("file:///etc/passwd", "it leads to file:, which is not asked"),
        ("http://name:hunter2@127.0.0.1/", "addresses with a user name are not asked"),
        ("http://[::1", "it redirects to something that is not an address"),
    ],
)
def test_redirect_when_it_leads_out_of_the_web_is_not_followed(
    target: str, error: str, one: Callable[..., dict[str, Any]], server: Server
) -> None:
    found = one(server.url(f"to/{target}"))

    assert (found["error"], found["works"]) == (error, False)
    assert "hunter2" not in str(found["redirects"])


def test_requests_when_sent_keep_no_cookies_and_say_who_asks(
    one: Callable[..., dict[str, Any]], server: Server
) -> None:
    one(server.url("to//status/200"))

    assert [path for path, _ in server.asked] == ["/to//status/200", "/status/200"]
    assert all("Cookie" not in headers for _, headers in server.asked)
    assert {headers["User-Agent"] for _, headers in server.asked} == {"Jobdeck (link check)"}


def test_request_when_the_address_is_one_of_ipv6_names_it_in_brackets(
    one: Callable[..., dict[str, Any]], server: Server, names: dict[str, list[str]]
) -> None:
    names["fd00::1"] = ["127.0.0.1"]

    assert one(server.url(name="[fd00::1]"))["works"]
    assert server.asked[0][1]["Host"] == f"[fd00::1]:{server.server_port}"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("example.org", "it must begin with http:// or https://"),
        ("javascript:alert(1)", "it must begin with http:// or https://"),
        ("ftp://example.org", "it must begin with http:// or https://"),
        ("http://", "it is not a valid address"),
        ("http://127.0.0.1:99999/", "it is not a valid address"),
        ("http://[::1", "it is not a valid address"),
        ("https://name:hunter2@127.0.0.1/", "addresses with a user name are not asked"),
        (f"http://{'a' * 64}.invalid/", "the name cannot be found"),
    ],
)
def test_text_when_it_is_no_address_is_not_asked(
    text: str, error: str, one: Callable[..., dict[str, Any]], noted: NotedContext
) -> None:
    assert one(text)["error"] == error
    assert all(b"hunter2" not in content for content in noted.files.values())


@pytest.mark.parametrize(
    "url",
    [
        "https://name:hunter2@example.org/",
        " HTTP://name:hunter2@example.org/",
        "https://hunter2@example.org/",
        "name:hunter2@example.org",
        "https://name:hunt/hunter2@example.org/",
        "ftp://name:hunter2@[::1]/",
    ],
)
def test_password_in_an_address_is_refused_at_the_start_and_not_repeated(url: str, room: Path) -> None:
    registry.add(check_urls)

    with pytest.raises(InvalidInput) as caught:
        start("check_urls", {"urls": ["https://example.org", url]}, by=ME)

    said = f"{caught.value} {caught.value.fields}"
    assert "hunter2" not in said
    assert "a job of your own can take a password as a Secret parameter" in said
    assert "•••@" in without_credentials(url)
    assert "hunter2" not in without_credentials(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org:8443/@name:x@y",
        "https://example.org/a?mail=me@example.org",
        "http://[::1]:80/a:b@c",
        "mailto:me@example.org",
        "https://example.org#a:b@c",
    ],
)
def test_address_with_an_at_sign_elsewhere_is_no_password(url: str, room: Path) -> None:
    registry.add(check_urls)

    assert start("check_urls", {"urls": [url]}, by=ME).params["urls"] == [url]
    assert without_credentials(url) == url


def test_name_when_nobody_has_it_says_so(one: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert one("http://nobody.invalid/")["error"] == "the name cannot be found"


def test_server_when_nobody_listens_says_so(one: Callable[..., dict[str, Any]]) -> None:
    assert one(f"http://127.0.0.1:{free_port()}/")["error"] == "connection refused"


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"SSH-2.0-OpenSSH\r\n", None, "the answer is not HTTP, or breaks off"),
        (b"", None, "the answer is not HTTP, or breaks off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", 200, "answered 200, but the content broke off"),
    ],
)
def test_server_when_it_does_not_speak_http_or_breaks_off_says_so(
    answer: bytes, status: int | None, error: str, one: Callable[..., dict[str, Any]]
) -> None:
    with saying(answer) as port:
        found = one(f"http://127.0.0.1:{port}/")

    assert (found["status"], found["error"]) == (status, error)


def test_server_when_it_speaks_no_tls_says_so(one: Callable[..., dict[str, Any]]) -> None:
    with saying(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert one(f"https://127.0.0.1:{port}/")["error"].startswith("no secure connection (")


@pytest.mark.thorough
def test_server_when_it_does_not_answer_is_given_up_in_time(one: Callable[..., dict[str, Any]], server: Server) -> None:
    assert one(server.url("wait"), timeout_seconds=1)["error"] == "no answer in time"


@pytest.mark.thorough
def test_content_when_it_does_not_come_in_time_is_told_beside_the_status(
    one: Callable[..., dict[str, Any]], noted: NotedContext, server: Server
) -> None:
    found = one(server.url("slow"), timeout_seconds=round(patient(1)))

    assert (found["status"], found["works"]) == (200, False)
    assert found["error"] == "answered 200, but the content took longer than the time for each"
    assert '<span class="chip bad">200</span>' in noted.page
    assert "no answer" not in noted.page


def test_content_when_it_never_ends_is_left_after_the_first_megabyte(
    one: Callable[..., dict[str, Any]], server: Server
) -> None:
    assert one(server.url("endless"))["status"] == 200

    assert server.was_left.wait(patient(10))
    assert server.sent_bytes < 20_000_000  # what the sockets hold on the way is sent too


def test_certificate_when_it_is_good_tells_when_it_ends(
    one: Callable[..., dict[str, Any]], noted: NotedContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = write_certificate(tmp_path, days=10.5)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running(certificate) as server:
        found = one(server.url(name="localhost"))

    assert (found["works"], found["certificate_days"]) == (True, 10)
    assert "Certificate ends within 21 days" in noted.page


@pytest.mark.parametrize(
    ("days", "is_trusted", "name", "error"),
    [
        (-3.5, True, "localhost", "bad certificate: certificate has expired"),
        (90.5, False, "localhost", "bad certificate: self-signed certificate"),
        (90.5, True, "elsewhere.invalid", "bad certificate: Hostname mismatch"),
    ],
)
def test_certificate_when_it_is_bad_says_why_and_when_it_ends(
    days: float,
    is_trusted: bool,
    name: str,
    error: str,
    one: Callable[..., dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = write_certificate(tmp_path, days=days, name=name)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running(certificate) as server:
        found = one(server.url(name="localhost"))

        assert server.asked == []
    assert (found["works"], found["status"]) == (False, None)
    assert found["error"].startswith(error)
    assert found["certificate_days"] == int(days // 1)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "169.254.1.1"]
)
def test_private_address_when_not_allowed_is_refused(host: str, noted: NotedContext, server: Server) -> None:
    check_urls(noted, [f"http://{host}:{server.server_port}/"])

    assert noted.json["urls"][0]["error"].endswith("is not a public address")
    assert server.asked == []


def test_name_when_it_leads_to_a_private_address_is_refused(
    noted: NotedContext, server: Server, names: dict[str, list[str]]
) -> None:
    names["inside.test"] = ["127.0.0.1"]

    check_urls(noted, [server.url(name="inside.test")])

    assert noted.json["urls"][0]["error"] == "127.0.0.1 is not a public address"
    assert server.asked == []


def test_name_when_it_changes_its_mind_is_asked_for_once(
    noted: NotedContext, server: Server, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["rebinding.test"] = ["93.184.216.34", "127.0.0.1"]  # the second answer is the attack
    asked: list[Any] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> None:
        asked.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", connect)

    check_urls(noted, [server.url(name="rebinding.test")])

    assert asked == [("93.184.216.34", server.server_port)]
    assert noted.json["urls"][0]["error"] == "connection refused"


def test_redirect_when_it_leads_inside_is_refused(
    noted: NotedContext, server: Server, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["outside.test"] = ["93.184.216.34"]
    connect = socket.create_connection

    def detour(address: tuple[str, int], *args: Any, **options: Any) -> socket.socket:
        # The public address is played by the server here; everything else is really connected to.
        return connect(("127.0.0.1" if address[0] == "93.184.216.34" else address[0], address[1]), *args, **options)

    monkeypatch.setattr(socket, "create_connection", detour)

    check_urls(noted, [server.url("to/" + server.url("status/200"), name="outside.test")])

    found = noted.json["urls"][0]
    assert (found["status"], found["error"]) == (302, "127.0.0.1 is not a public address")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fe80::1%1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("2002:7f00:1::", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_address_is_public_only_outside_of_every_reserved_network(address: str, expected: bool) -> None:
    assert is_public(address) is expected


def test_addresses_when_from_form_file_and_upload_are_asked_once_each(
    noted: NotedContext, written: Callable[[str, str | bytes], Path], server: Server, private_allowed: None
) -> None:
    first, second, third = (server.url(f"status/20{number}") for number in (0, 1, 4))
    listed = written("list.txt", f"\ufeff# checked nightly\r\n{first}\r\n\r\n  {second}  \r\n")
    stored = written("7f3a", f"{third}\n{first}\n")

    class Sent(UploadedFile):
        name = "more.txt"
        path = stored

    assert check_urls(noted, [second], listed, Sent("7f3a")) == "All 3 addresses work"
    assert [one["url"] for one in noted.json["urls"]] == [second, first, third]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("# nothing\n\n", "No addresses: enter some, or give a file with one a line."),
        (b"http://a\nhttp://caf\xe9\n", "list.txt, line 2: not UTF-8 text; save it as UTF-8."),
        ("\n".join(f"http://a/{number}" for number in range(MOST_ADDRESSES + 1)), "10,001 addresses are too many"),
        (b" " * 10_000_001, "list.txt is larger than 10 MB, too long for a list of addresses."),
    ],
)
def test_bad_list_when_read_ends_with_one_sentence(
    content: str | bytes, sentence: str, noted: NotedContext, written: Callable[[str, str | bytes], Path]
) -> None:
    with pytest.raises(JobError) as caught:
        check_urls(noted, None, written("list.txt", content))

    assert str(caught.value).startswith(sentence)
    assert noted.files == {}


def test_list_when_there_is_none_says_where_it_looked(noted: NotedContext, tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"^gone\.txt does not exist \(looked for /.*/gone\.txt\)\.$"):
        check_urls(noted, None, tmp_path / "gone.txt")
    with pytest.raises(JobError, match="is a folder, not a file"):
        check_urls(noted, None, tmp_path)


def test_job_when_told_to_fail_fails_with_the_report_attached(
    noted: NotedContext, server: Server, private_allowed: None
) -> None:
    with pytest.raises(JobError, match=r"^1 of 2 addresses is broken$"):
        check_urls(noted, [server.url("status/500"), server.url()], fail_if_broken=True)

    assert set(noted.files) == {"report.html", "report.csv", "report.json"}


def test_job_when_asked_to_stop_cuts_its_connections(server: Server, private_allowed: None) -> None:
    before = threading.active_count()
    noted = NotedContext(stop_at=1)

    with pytest.raises(Stopped):
        check_urls(noted, [server.url(), *[server.url(f"wait/{number}") for number in range(40)]], timeout_seconds=300)

    for thread in threading.enumerate():
        if thread.name.startswith("check-url"):
            thread.join(patient(10))
            assert not thread.is_alive()
    until(lambda: threading.active_count() <= before + 8)  # the server's own, which wait for its end
    assert noted.files == {}


def test_addresses_when_asked_are_never_more_at_once_than_allowed(
    noted: NotedContext, server: Server, private_allowed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = socket.create_connection
    lock = threading.Lock()
    running_now: list[int] = [0, 0]

    def counted(*args: Any, **options: Any) -> socket.socket:
        with lock:
            running_now[0] += 1
            running_now[1] = max(running_now)
        try:
            return connect(*args, **options)
        finally:
            with lock:
                running_now[0] -= 1

    monkeypatch.setattr(socket, "create_connection", counted)

    check_urls(noted, [server.url(f"status/200?{number}") for number in range(30)], at_once=3)

    assert 1 <= running_now[1] <= 3
    assert noted.json["broken"] == 0


def test_addresses_when_they_hold_html_are_shown_as_text(
    noted: NotedContext, server: Server, private_allowed: None
) -> None:
    check_urls(noted, [HOSTILE, "http://127.0.0.1/\u202e" + HOSTILE, server.url("to/" + "%3Cscript%3E"), server.url()])

    assert_harmless(noted.page)
    assert "&lt;script&gt;" in noted.page


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names and their addresses, of which each question gets the next; the last one stays."""
    known: dict[str, list[str]] = {}
    look_up = socket.getaddrinfo

    def answer(host: str, *args: Any, **options: Any) -> Any:
        addresses = known.get(host)
        if addresses is None:
            return look_up(host, *args, **options)
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return look_up(address, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known
