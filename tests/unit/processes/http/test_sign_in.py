"""Signing in and out: two plain forms."""

import asyncio
import itertools
import os
import re
import threading
from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.auth import signing_in
from app.processes.http.sign_in import CHECKING_THREADS
from app.processes.http.sign_in_page import safe_next
from app.rights import Role
from tests.door import COOKIE, PASSWORD, bearer, make_account, with_door

OWN = "http://127.0.0.1:8080"
DEADLINE_SECONDS = 20


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer."""
    await PlainTextResponse("in")(scope, receive, send)


@pytest.fixture
async def house(database: str) -> AsyncIterator[AsyncClient]:
    """A browser before a house in which ann, an admin, lives."""
    make_account("ann", Role.ADMIN)
    async with AsyncClient(transport=ASGITransport(with_door(everything)), base_url=OWN) as client:
        yield client


async def sign_in(client: AsyncClient, password: str = PASSWORD, **more: str) -> Response:
    """Send the form."""
    return await client.post("/login", data={"name": "ann", "password": password, **more}, headers={"Origin": OWN})


async def test_the_page_is_plain_and_loads_nothing_that_is_closed(house: AsyncClient) -> None:
    page = await house.get("/login?next=/history%3Fq%3D%22%3E%3Cscript%3E")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
    assert 'value="/history?q=&quot;&gt;&lt;script&gt;"' in page.text
    assert set(re.findall(r'(?:src|href|url)[=(]"([^"]*)"', page.text)) == {
        "/favicon.ico",
        "/assets/fonts/inter-latin-wght-normal.woff2",
    }


async def test_the_right_password_sets_a_cookie_that_no_script_and_no_other_site_has(house: AsyncClient) -> None:
    answer = await sign_in(house, next="/history?q=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/history?q=a")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert (await house.get("/")).text == "in"
    assert (await house.get("/login?next=/jobs/1")).headers["location"] == "/jobs/1", "who is in needs no sign-in"


async def test_behind_tls_the_cookie_never_goes_in_the_clear(database: str) -> None:
    make_account("ann", Role.ADMIN)
    tls = OWN.replace("http", "https")
    async with AsyncClient(transport=ASGITransport(with_door(everything)), base_url=tls) as client:
        answer = await client.post("/login", data={"name": "ann", "password": PASSWORD})
        [cookie] = [one for one in answer.headers.get_list("set-cookie") if COOKIE in one]
        assert cookie.startswith(f"__Host-{COOKIE}=")
        assert {"Secure", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert (await client.get("/")).text == "in"


async def test_over_tls_a_session_under_the_plain_name_counts_for_nothing(house: AsyncClient) -> None:
    await sign_in(house)
    secret = house.cookies[COOKIE]
    house.cookies.clear()
    assert (await house.get("/", headers={"Cookie": f"{COOKIE}={secret}"})).text == "in"
    tls = OWN.replace("http", "https")
    assert (await house.get(tls, headers={"Cookie": f"{COOKIE}={secret}"})).status_code == 401
    assert (await house.get(tls, headers={"Cookie": f"__Host-{COOKIE}={secret}"})).text == "in"


async def test_a_wrong_name_and_a_wrong_password_are_answered_alike(house: AsyncClient) -> None:
    password = await sign_in(house, "wrong password")
    name = await house.post("/login", data={"name": "eve", "password": PASSWORD})
    assert password.status_code == name.status_code == 401
    assert "Name or password is wrong." in password.text
    assert password.text == name.text.replace('value="eve"', 'value="ann"')
    assert COOKIE not in house.cookies


async def test_a_session_is_never_the_one_that_somebody_planted(house: AsyncClient) -> None:
    house.cookies.set(COOKIE, "planted", domain="127.0.0.1")
    await sign_in(house)
    secrets = {one.value for one in house.cookies.jar if one.name == COOKIE}
    assert len(secrets - {"planted"}) == 1
    house.cookies.clear()
    house.cookies.set(COOKIE, "planted")
    assert (await house.get("/")).status_code == 401


async def test_too_many_tries_have_to_wait_and_are_not_even_checked(house: AsyncClient) -> None:
    statuses = [(await sign_in(house, "wrong password")).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    right = await sign_in(house)
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) in range(1, 11)
    assert "Too many failed tries." in right.text


async def test_signing_out_ends_the_session_here_or_everywhere(database: str) -> None:
    make_account("ann", Role.ADMIN)
    door = with_door(everything)
    browsers = [AsyncClient(transport=ASGITransport(door), base_url=OWN) for _ in range(3)]
    for browser in browsers:
        await sign_in(browser)
    kept = dict(browsers[0].cookies)

    answer = await browsers[0].post("/logout", headers={"Origin": OWN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert COOKIE not in browsers[0].cookies
    browsers[0].cookies.update(kept)
    assert [(await browser.get("/")).status_code for browser in browsers] == [401, 200, 200]

    await browsers[1].post("/logout", data={"everywhere": "1"})
    assert [(await browser.get("/")).status_code for browser in browsers] == [401, 401, 401]
    for browser in browsers:
        await browser.aclose()


async def test_no_other_site_signs_anybody_in_or_out(house: AsyncClient) -> None:
    for path in ("/login", "/logout"):
        answer = await house.post(path, data={"name": "ann"}, headers={"Origin": "http://evil.example"})
        assert answer.status_code == 403
        as_json = await house.post(path, json={"name": "ann"})
        assert as_json.status_code in (405, 415)
    assert (await house.get("/logout")).status_code == 405


async def test_a_form_that_is_too_long_is_refused(house: AsyncClient) -> None:
    assert (await sign_in(house, "x" * 9000)).status_code == 413
    assert (await sign_in(house, **{f"field{number}": "" for number in range(30)})).status_code == 413


async def test_however_many_passwords_are_checked_who_is_in_is_served(
    house: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, may_go_on, loop = bearer("ann"), threading.Event(), asyncio.get_running_loop()
    begun, are_busy = itertools.count(1), asyncio.Event()

    def check_slowly(*_of: object, **_more: object) -> None:
        if next(begun) == min(CHECKING_THREADS, (os.cpu_count() or 1) + 4):  # so many threads the loop has
            loop.call_soon_threadsafe(are_busy.set)
        assert may_go_on.wait(DEADLINE_SECONDS)

    monkeypatch.setattr(signing_in, "sign_in", check_slowly)
    names = [f"guess{number}" for number in range(40)]
    tries = [house.post("/login", data={"name": one, "password": "x"}, headers={"Origin": OWN}) for one in names]
    guessing = [asyncio.create_task(one) for one in tries]
    await asyncio.wait_for(are_busy.wait(), DEADLINE_SECONDS)

    served = await asyncio.wait_for(house.get("/", headers=token), DEADLINE_SECONDS)

    may_go_on.set()
    await asyncio.gather(*guessing)
    assert served.text == "in"


@pytest.mark.both_databases
@pytest.mark.parametrize("name", ["a\0nn", "ann\0", "a" * 5000, "Ünal", "‮ann", "' OR 1=1 --", '"><script>'])
async def test_a_name_that_nobody_has_is_wrong_however_it_looks(house: AsyncClient, name: str) -> None:
    form = {"name": name, "password": PASSWORD}

    answer = await house.post("/login", data=form, headers={"Origin": OWN})
    assert answer.status_code == 401
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", ["/", "/history?q=a%20b&page=2", "/jobs/1#log", "/schedules/3"])
def test_the_way_back_is_a_path_of_this_server(path: str) -> None:
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "history",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/history\r\nSet-Cookie: a=b",
        "/\t/evil.example",
        " /history",
        "/login?next=/login",
        "/logout",
        "//[evil",
    ],
)
def test_no_other_way_is_taken(elsewhere: str) -> None:
    assert safe_next(elsewhere) == "/"
