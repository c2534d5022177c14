"""Sign-in through an identity provider: a real one, on loopback."""

import base64
import hashlib
import html
import json
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.types import ASGIApp

from app.actor import local
from app.auth.openid.registration import Registration
from app.db.accounts import accounts, sessions
from app.db.audit import reading
from app.processes.http.forwarded import Forwarded
from app.processes.http.guard import Hosts
from app.processes.http.provider_door import ProviderDoor
from app.rights import Role
from tests.door import COOKIE, PASSWORD, make_account, with_door
from tests.provider import CLIENT_ID, RunningProvider, provider_running
from tests.unit.processes.http.test_sign_in import OWN, everything

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the provider's own making
KEY = "k" * 40


@pytest.fixture(scope="module")
def running() -> Iterator[RunningProvider]:
    """A provider; each test leaves it as it was."""
    with provider_running() as running:
        yield running


@pytest.fixture
def provider(running: RunningProvider) -> Iterator[RunningProvider]:
    """The provider, which has been asked nothing."""
    running.token_forms.clear()
    yield running
    running.spoil = lambda path, body: body


def house(
    issuer: str, *, role_claim: str | None = "roles", client_id: str = CLIENT_ID, secret: str | None = "s" * 20
) -> ASGIApp:
    """Return a house whose people come through a provider."""
    known = Registration(issuer=issuer, client_id=client_id, client_secret=secret, role_claim=role_claim)
    return with_door(everything, is_local=False, provider=ProviderDoor(known, secret_key=KEY, port=8080))


@pytest.fixture
async def browser(database: str, provider: RunningProvider) -> AsyncIterator[AsyncClient]:
    """A browser before a house without accounts."""
    async with AsyncClient(transport=ASGITransport(house(provider.issuer)), base_url=OWN) as client:
        yield client


async def enter(browser: AsyncClient, provider: RunningProvider, subject: str, *, where: str = "/") -> Response:
    """Go to the provider, sign in there, and come back."""
    led = await browser.get("/login/provider", params={"next": where})
    assert led.status_code == 303, led.text
    return await browser.get(await provider.sign_in(led.headers["location"], subject))


def alert(answer: Response) -> str:
    """Return what the sign-in page says."""
    return answer.text.partition('data-testid="alert">')[2].partition("</p>")[0]


async def test_the_page_has_a_second_way_in(browser: AsyncClient, provider: RunningProvider) -> None:
    page = await browser.get("/login", params={"next": "/history?q=a&page=2"})
    assert 'href="/login/provider?next=/history%3Fq%3Da%26page%3D2"' in page.text
    assert "Sign in through 127.0.0.1" in page.text


async def test_without_a_provider_there_is_no_such_way(database: str) -> None:
    make_account("ann", Role.ADMIN)
    async with AsyncClient(transport=ASGITransport(with_door(everything)), base_url=OWN) as client:
        assert "provider" not in (await client.get("/login")).text.partition("<body>")[2]
        assert [(await client.get(f"/login/{end}")).status_code for end in ("provider", "callback")] == [404, 404]


async def test_who_signed_in_there_has_an_account_and_a_session_here(
    browser: AsyncClient, provider: RunningProvider
) -> None:
    answer = await enter(browser, provider, "1001", where="/history?q=a%20b")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{OWN}/history?q=a%20b")
    assert (await browser.get("/")).text == "in"
    [account] = accounts.list_accounts()
    assert (account.name, account.role, account.has_password) == ("ann", Role.ADMIN, False)
    assert [one.account for one in sessions.list_sessions(None)] == ["ann"]
    acts = [(one.act, one.target, one.via) for one in reading.list_entries(limit=5)]
    assert acts == [("sign in", "account:ann", "provider"), ("add", "account:ann", "provider")]


async def test_the_request_has_pkce_state_and_nonce(browser: AsyncClient, provider: RunningProvider) -> None:
    led = await browser.get("/login/provider")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(led.headers["location"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{OWN}/login/callback"
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) >= {"openid", "profile", "email"}
    assert min(len(asked["state"]), len(asked["nonce"])) >= 32

    await browser.get(await provider.sign_in(led.headers["location"], "1001"))
    [form] = provider.token_forms
    proven = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert proven == asked["code_challenge"]


async def test_a_person_is_found_again_by_subject_and_the_claim_changes_the_role(
    browser: AsyncClient, provider: RunningProvider
) -> None:
    make_account("root", Role.ADMIN)
    await enter(browser, provider, "1001")
    provider.tell_of("1001", {"preferred_username": "ann-renamed", "roles": "viewer"})
    try:
        await enter(browser, provider, "1001")
    finally:
        provider.tell_of("1001", {"preferred_username": "Ann", "roles": ["jobdeck-admin"]})
    assert {one.name: one.role for one in accounts.list_accounts()} == {"ann": Role.VIEWER, "root": Role.ADMIN}


async def test_nobody_becomes_another_by_choosing_their_name(browser: AsyncClient, provider: RunningProvider) -> None:
    make_account("ann", Role.OPERATOR)
    await enter(browser, provider, "1001")
    assert {one.name for one in accounts.list_accounts()} == {"ann", "ann-2"}
    assert [one.account for one in sessions.list_sessions(None)] == ["ann-2"]


async def test_a_claim_inside_another_is_found(database: str, provider: RunningProvider) -> None:
    app = house(provider.issuer, role_claim="realm_access.roles")
    async with AsyncClient(transport=ASGITransport(app), base_url=OWN) as client:
        await enter(client, provider, "1002")
    assert [one.role for one in accounts.list_accounts()] == [Role.OPERATOR]


async def test_without_a_claim_a_new_account_is_a_viewers_and_stays_what_it_was_made(
    database: str, provider: RunningProvider
) -> None:
    app = house(provider.issuer, role_claim=None)
    async with AsyncClient(transport=ASGITransport(app), base_url=OWN) as client:
        await enter(client, provider, "1001")
        assert [one.role for one in accounts.list_accounts()] == [Role.VIEWER]
        accounts.change("ann", role=Role.ADMIN, by=local("terminal"))
        await enter(client, provider, "1001")
    assert [one.role for one in accounts.list_accounts()] == [Role.ADMIN]


async def test_who_has_no_role_there_is_not_let_in(browser: AsyncClient, provider: RunningProvider) -> None:
    answer = await enter(browser, provider, "1003")
    assert answer.status_code == 403
    assert alert(answer).startswith("The identity provider gives you no role here.")
    assert accounts.list_accounts() == []
    assert COOKIE not in browser.cookies
    [entry] = reading.list_entries(limit=5)
    assert (entry.act, entry.result, entry.target) == ("sign in", "refused", "account:unknown")


async def test_the_last_admin_stays_one_and_is_told_so(browser: AsyncClient, provider: RunningProvider) -> None:
    await enter(browser, provider, "1001")
    provider.tell_of("1001", {"roles": ["viewer"]})
    try:
        answer = await enter(browser, provider, "1001")
    finally:
        provider.tell_of("1001", {"preferred_username": "Ann", "roles": ["jobdeck-admin"]})
    assert answer.status_code == 409
    assert "There must be an admin" in alert(answer)


async def test_an_answer_that_this_browser_did_not_ask_for_counts_for_nothing(
    browser: AsyncClient, provider: RunningProvider
) -> None:
    mine = await browser.get("/login/provider")
    way_back = await provider.sign_in(mine.headers["location"], "1001")
    async with AsyncClient(transport=ASGITransport(house(provider.issuer)), base_url=OWN) as victim:
        lured = await victim.get(way_back)
        assert (lured.status_code, victim.cookies.get(COOKIE)) == (403, None)
        assert "in another browser" in alert(lured)
        await victim.get("/login/provider")
        mixed = await victim.get(way_back)
        assert "belongs to another sign-in" in alert(mixed)
    assert provider.token_forms == []


async def test_an_answer_counts_once(browser: AsyncClient, provider: RunningProvider) -> None:
    led = await browser.get("/login/provider")
    kept = dict(browser.cookies)
    way_back = await provider.sign_in(led.headers["location"], "1001")
    assert (await browser.get(way_back)).status_code == 303
    assert "begun too long ago" in alert(await browser.get(way_back))
    browser.cookies.update(kept)
    again = await browser.get(way_back)
    assert again.status_code == 403
    assert "knows this sign-in no more" in alert(again)


async def test_who_is_refused_there_reads_a_sentence(browser: AsyncClient, provider: RunningProvider) -> None:
    led = await browser.get("/login/provider")
    denied = await provider.deny(led.headers["location"])
    state = parse_qs(urlsplit(led.headers["location"]).query)["state"][0]
    answer = await browser.get(denied if "state=" in denied else f"{denied}&state={state}")
    assert alert(answer) == "The identity provider did not let you in."


async def test_a_link_cannot_let_the_page_say_anything(browser: AsyncClient, provider: RunningProvider) -> None:
    led = await browser.get("/login/provider")
    state = parse_qs(urlsplit(led.headers["location"]).query)["state"][0]
    made = {"state": state, "error": "call_0900", "error_description": "Call 0900-EVIL"}
    answer = await browser.get("/login/callback", params=made)
    assert alert(answer) == "The identity provider refused the sign-in."
    assert "0900" not in answer.text


@pytest.mark.parametrize(
    "wrong",
    [{"nonce": "another"}, {"iss": "another"}, {"aud": "another", "azp": CLIENT_ID}, {"azp": "another"}, {"exp": 1}],
)
async def test_a_proof_for_somebody_else_or_another_time_is_no_proof(
    browser: AsyncClient, provider: RunningProvider, wrong: dict[str, object]
) -> None:
    provider.sign_anew(wrong)
    answer = await enter(browser, provider, "1001")
    assert answer.status_code == 403
    assert "no good proof" in alert(answer)
    assert accounts.list_accounts() == []
    provider.sign_anew()  # the provider changed its keys: they are fetched again
    assert (await enter(browser, provider, "1001")).status_code == 303


async def test_a_proof_that_another_signed_is_no_proof(browser: AsyncClient, provider: RunningProvider) -> None:
    provider.sign_anew(has_key=False)
    assert "no good proof" in alert(await enter(browser, provider, "1001"))


async def test_a_proof_that_nobody_signed_is_no_proof(browser: AsyncClient, provider: RunningProvider) -> None:
    def unsigned(path: str, body: bytes) -> bytes:
        if path == "/.well-known/openid-configuration":  # a provider that says too much of what it can
            return body.replace(b'"RS256"', b'"RS256", "none", "HS256"')
        if path != "/oauth2/token":
            return body
        said = json.loads(body)
        head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
        said["id_token"] = f"{head}.{said['id_token'].split('.')[1]}."
        return json.dumps(said).encode()

    provider.spoil = unsigned
    assert "no good proof" in alert(await enter(browser, provider, "1001"))


async def test_a_provider_that_is_away_is_a_sentence(database: str) -> None:
    async with AsyncClient(transport=ASGITransport(house("http://127.0.0.1:9")), base_url=OWN) as client:
        answer = await client.get("/login/provider")
    assert answer.status_code == 502
    assert alert(answer).startswith("The identity provider does not answer as it should.")


@pytest.mark.parametrize("secret", [None, "another" * 4])
async def test_a_provider_that_does_not_know_this_jobdeck_is_a_sentence(
    database: str, provider: RunningProvider, secret: str | None
) -> None:
    app = house(provider.issuer, client_id=provider.register(f"{OWN}/login/callback"), secret=secret)
    async with AsyncClient(transport=ASGITransport(app), base_url=OWN) as client:
        answer = await enter(client, provider, "1001")
    assert answer.status_code == 502
    assert "is the client's id or secret wrong?" in html.unescape(alert(answer))


async def test_a_provider_that_is_another_is_a_sentence(browser: AsyncClient, provider: RunningProvider) -> None:
    provider.spoil = lambda path, body: body.replace(provider.issuer.encode(), b"https://evil.example")
    assert "calls itself https://evil.example" in alert(await browser.get("/login/provider"))


async def test_signing_out_leads_to_the_provider_and_back(browser: AsyncClient, provider: RunningProvider) -> None:
    await enter(browser, provider, "1001")
    answer = await browser.post("/logout", headers={"Origin": OWN})
    assert answer.status_code == 200, "a form may not redirect to another site"
    address = answer.text.partition('content="0; url=')[2].partition('"')[0].replace("&amp;", "&")
    said = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{provider.issuer}/oauth2/end_session?")
    assert said["post_logout_redirect_uri"] == [f"{OWN}/login"]
    assert said["client_id"] == [CLIENT_ID]
    assert said["id_token_hint"][0].count(".") == 2
    assert (await browser.get("/")).status_code == 401
    assert sessions.list_sessions(None) == []
    assert (await browser.post("/logout", headers={"Origin": OWN})).headers["location"] == "/login"


async def test_who_came_by_password_is_not_led_to_the_provider(browser: AsyncClient, provider: RunningProvider) -> None:
    make_account("bea", Role.OPERATOR)
    await browser.post("/login", data={"name": "bea", "password": PASSWORD}, headers={"Origin": OWN})
    answer = await browser.post("/logout", headers={"Origin": OWN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


async def test_with_a_provider_nothing_is_open_to_a_stranger(browser: AsyncClient) -> None:
    assert (await browser.get("/", headers={"Accept": "text/html"})).headers["location"] == "/login"
    assert (await browser.get("/api/v1/jobs")).status_code == 401


async def test_behind_tls_below_a_prefix_every_address_is_the_outer_one(
    database: str, provider: RunningProvider
) -> None:
    app = house(provider.issuer)
    app.hosts = Hosts(host="127.0.0.1", port=8080, allowed=["jobs.example"])  # type: ignore[attr-defined]
    behind = Forwarded(app, trusted=["127.0.0.1"], root_path="/deck")
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "jobs.example"}
    outer = "https://jobs.example"
    async with AsyncClient(transport=ASGITransport(behind), base_url=outer, headers=said) as client:
        page = await client.get("/deck/login", params={"next": "/history"})
        assert 'action="/deck/login"' in page.text
        assert 'href="/deck/login/provider?next=/history"' in page.text
        assert 'url("/deck/assets/fonts/' in page.text
        led = await client.get("/deck/login/provider", params={"next": "/history"})
        asked = parse_qs(urlsplit(led.headers["location"]).query)
        assert asked["redirect_uri"] == [f"{outer}/deck/login/callback"]
        answer = await client.get(await provider.sign_in(led.headers["location"], "1001"))
        assert answer.headers["location"] == f"{outer}/deck/history"
        kept = [one for one in answer.headers.get_list("set-cookie") if "jobdeck_session" in one]
        assert kept[0].startswith(f"__Secure-{COOKIE}=")
        assert {"Path=/deck", "Secure", "HttpOnly"} <= set(kept[0].split("; "))
        assert (await client.get("/deck/")).text == "in"
