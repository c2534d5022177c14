"""What docs/operating.md gives for nginx and systemd is run as it stands there: only places and ports are others."""

import asyncio
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
import websockets.asyncio.client
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.typing import Origin

from app import api
from app.db.snapshots.snapshot import use_prefix
from app.processes.http.connection import patient_connections
from app.processes.http.forwarded import Forwarded
from app.queue import JobContext, job
from app.queue.events.bus import EventBus
from app.rights import Role
from app.settings import Settings
from tests.door import PASSWORD, bearer, make_account, with_door
from tests.missing import missing
from tests.patience import patient
from tests.ports import free_port
from tests.waiting import until

PAGE = (Path(__file__).parents[3] / "docs" / "operating.md").read_text(encoding="utf-8")
NAME = "jobs.example"
ELSEWHERE = "127.0.0.2"
"""From where somebody asks: not the address of the proxy."""
CLIENT = "198.51.100.7"
OF_CADDY = {"Host": NAME, "X-Forwarded-For": CLIENT, "X-Forwarded-Host": NAME, "X-Forwarded-Proto": "https"}
"""What the `reverse_proxy` of Caddy 2.6 says; what a client says under these names it drops."""
PAST_CADDY = {
    "Forwarded": "for=203.0.113.7;host=evil.example;proto=http",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-User": "ann",
    "X-Real-IP": "203.0.113.7",
    "X-Remote-User": "ann",
}
"""What a client says and Caddy 2.6 passes on."""
pytestmark = pytest.mark.thorough


def example(beginning: str) -> str:
    """Return what the page gives between fences, by its beginning."""
    found: str
    [found] = [text for text in re.findall(r"^```\w*\n(.*?)^```", PAGE, re.M | re.S) if text.startswith(beginning)]
    return found


def program(name: str) -> str:
    """Return a program, which may lie where only root looks."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if found is None:
        missing(f"This needs {name}: `make proxy`." if name == "nginx" else f"This needs {name}.")
    return found


@pytest.fixture
def served(room: Path) -> Iterator[int]:
    """The API behind the door as the web process serves it below /deck, with accounts. Gives the port."""

    @job
    def hello(ctx: JobContext) -> None: ...

    make_account("ann", Role.ADMIN)
    use_prefix("/deck")
    bus = EventBus()
    programs = api.build(Settings(data_dir=room, root_path="/deck"), bus)
    app = Forwarded(with_door(programs, allowed=[NAME]), trusted=["127.0.0.1"], root_path="/deck")
    config = uvicorn.Config(
        app, http=patient_connections(60), ws="wsproto", proxy_headers=False, log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    until(lambda: server.started)
    yield listening.getsockname()[1]
    use_prefix("")
    server.should_exit = server.force_exit = True
    thread.join()
    bus.close()
    listening.close()


@pytest.fixture
def proxied(served: int, tmp_path: Path) -> Iterator[int]:
    """The nginx of the page before it, with TLS. Gives the port."""
    nginx = program("nginx")
    port = free_port()
    make_certificate(tmp_path)
    location = example("location /deck/").replace("127.0.0.1:8080", f"127.0.0.1:{served}")
    kept = "".join(
        f"{what}_temp_path {tmp_path}/{what};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"""
        worker_processes 1; daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;
        {"user root;" if Path("/root").is_dir() and Path.home() == Path("/root") else ""}
        events {{ worker_connections 64; }}
        http {{
            access_log off; {kept}
            server {{
                listen 127.0.0.1:{port} ssl; server_name {NAME};
                ssl_certificate {tmp_path}/cert.pem; ssl_certificate_key {tmp_path}/key.pem;
                {location}
            }}
        }}
        """
    )
    process = subprocess.Popen([nginx, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)])
    try:
        until(lambda: is_listening(port))
        yield port
    finally:
        process.terminate()
        process.wait()


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def make_certificate(folder: Path) -> None:
    """Write a certificate of the name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    made = builder.sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(written)


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


async def test_pages_programs_sockets_and_streams_come_through_nginx(proxied: int, tmp_path: Path) -> None:
    here = f"https://{NAME}:{proxied}"
    sent_to = {"sni_hostname": NAME}
    ways = httpx.AsyncHTTPTransport(verify=trusting(tmp_path), local_address=ELSEWHERE)

    class Here(httpx.AsyncBaseTransport):
        """Reach the name at this machine."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            request.url = request.url.copy_with(host="127.0.0.1")
            request.extensions = {**request.extensions, **sent_to}
            return await ways.handle_async_request(request)

    token = bearer("ann")
    async with httpx.AsyncClient(
        transport=Here(), base_url=here, headers={"Origin": here}, timeout=patient(30)
    ) as client:
        led = await client.get("/deck/", headers={"Accept": "text/html"})
        assert (led.status_code, led.headers["location"]) == (303, "/deck/login")
        signed = await client.post("/deck/login", data={"name": "ann", "password": PASSWORD})
        [cookie] = [one for one in signed.headers.get_list("set-cookie") if "session" in one]
        assert (signed.status_code, signed.headers["location"]) == (303, "/deck/")
        assert re.match(r"__Secure-jobdeck_session_\d+=.+Path=/deck", cookie, re.I), cookie
        assert {"secure", "httponly"} <= {part.strip().lower() for part in cookie.split(";")}
        started = await client.post(
            "/deck/api/v1/kinds/hello/start", json={}, headers={"X-Forwarded-For": "203.0.113.7", **token}
        )
        job = started.json()
        assert (started.status_code, started.headers["location"]) == (202, f"/deck/jobs/{job['id']}")
        assert (await client.get(job["links"]["self"], headers=token)).json()["id"] == job["id"]
        audit = (await client.get("/deck/api/v1/audit?act=start", headers=token)).json()["items"]
        assert [one["address"] for one in audit] == [ELSEWHERE], "what a client wrote before the proxy does not count"
        async with client.stream("GET", job["links"]["events"], headers=token) as events:
            lines = events.aiter_lines()
            assert [await anext(lines) for _ in range(3)][2] == "event: job", "nothing holds it back"

    address = f"wss://{NAME}:{proxied}/deck/notifications"
    async with websockets.asyncio.client.connect(
        address, host="127.0.0.1", port=proxied, ssl=trusting(tmp_path), origin=Origin(here), additional_headers=token
    ) as hub:
        await hub.send('{"protocol":"json","version":1}\x1e')
        assert await asyncio.wait_for(hub.recv(), patient(30)) == "{}\x1e"


def behind_caddy(port: int, *, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    """Ask as Caddy does for a client that makes up what it can; `peer`: from where Caddy asks."""
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(local_address=peer),
        timeout=patient(30),
        base_url=f"http://127.0.0.1:{port}",
        headers={**OF_CADDY, **PAST_CADDY, "Origin": f"https://{NAME}"},
    )


async def sign_in_at(client: httpx.AsyncClient) -> tuple[httpx.Response, str]:
    """Sign in; returns the answer and the cookie of the session."""
    answer = await client.post("/deck/login", data={"name": "ann", "password": PASSWORD})
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if "session" in one]
    return answer, cookie


async def test_what_caddy_says_is_believed_and_nothing_that_a_client_says_past_it(served: int) -> None:
    async with behind_caddy(served) as client:
        led = await client.get("/deck/", headers={"Accept": "text/html"})
        assert (led.status_code, led.headers["location"]) == (303, "/deck/login")
        assert (await client.get("/deck/api/v1/jobs")).status_code == 401, "who a header names is nobody"
        signed, cookie = await sign_in_at(client)
        assert (signed.status_code, signed.headers["location"]) == (303, "/deck/")
        assert re.match(r"__Secure-jobdeck_session_\d+=.+Path=/deck", cookie, re.I), cookie
        client.headers["Cookie"] = cookie.partition(";")[0]
        started = await client.post("/deck/api/v1/kinds/hello/start", json={})
        assert (started.status_code, started.headers["location"]) == (202, f"/deck/jobs/{started.json()['id']}")
        audit = (await client.get("/deck/api/v1/audit?act=start")).json()["items"]
        assert [one["address"] for one in audit] == [CLIENT]

        foreign = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        assert (await client.get("/deck/", headers=foreign)).status_code == 421
        for path in ("/deck/api/v1/kinds/hello/start", "/deck/login", "/deck/logout"):
            crossed = await client.post(path, json={}, headers={"Origin": "https://evil.example"})
            assert crossed.status_code == 403, path

    token = {**PAST_CADDY, "X-Forwarded-For": CLIENT, "X-Forwarded-Host": NAME, "X-Forwarded-Proto": "https"}
    address = f"ws://{NAME}/deck/notifications"
    here = {"host": "127.0.0.1", "port": served, "additional_headers": {**token, **bearer("ann")}}
    async with websockets.asyncio.client.connect(address, origin=Origin(f"https://{NAME}"), **here) as hub:  # type: ignore[arg-type]  # as it wants them
        await hub.send('{"protocol":"json","version":1}\x1e')
        assert await asyncio.wait_for(hub.recv(), patient(30)) == "{}\x1e"
    with pytest.raises(websockets.exceptions.InvalidStatus, match="403"):
        await websockets.asyncio.client.connect(address, origin=Origin("https://evil.example"), **here)  # type: ignore[arg-type]  # as above


async def test_a_caddy_that_is_not_trusted_is_a_client_like_others(served: int) -> None:
    async with behind_caddy(served, peer=ELSEWHERE) as client:
        signed, cookie = await sign_in_at(client)
        assert signed.status_code == 303
        assert cookie.startswith("jobdeck_session_"), "it came over http, as far as is known"
        client.headers["Cookie"] = cookie.partition(";")[0]
        assert (await client.post("/deck/api/v1/kinds/hello/start", json={})).status_code == 202
        audit = (await client.get("/deck/api/v1/audit?act=start")).json()["items"]
        assert [one["address"] for one in audit] == [ELSEWHERE]
        assert (await client.get("/deck/", headers={"Host": "evil.example"})).status_code == 421


def test_systemd_takes_the_unit_as_it_stands(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    unit = example("[Unit]").replace("/opt/jobdeck/.venv/bin/python", "/usr/bin/env")
    unit = unit.replace("User=jobdeck", "User=root")
    (tmp_path / "jobdeck@.service").write_text(unit)

    command = [analyze, "verify", "--man=no", str(tmp_path / "jobdeck@web.service")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert [line for line in checked.stderr.splitlines() if "jobdeck" in line] == []
    assert checked.returncode == 0
