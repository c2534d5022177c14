"""The hub over HTTP: negotiate, Server-Sent Events and long polling, as stock clients of SignalR ask for them."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.types import ASGIApp

from app.api.hub import conversation, over_http, visits
from app.db import JobSnapshot
from app.db.queries import jobs as job_queries
from app.db.snapshots.secrets import hidden_kinds
from app.queue import cancel, start
from app.queue.events.bus import EventBus
from app.queue.events.types import JobChanged
from tests.actors import ME
from tests.patience import patient
from tests.unit.api import hub_clients
from tests.unit.api.conftest import OWN
from tests.unit.api.hub_clients import HANDSHAKE, SEPARATOR, talking

pytestmark = pytest.mark.thorough

TEXT = {"Content-Type": "text/plain;charset=UTF-8"}


@pytest.fixture
async def program(hub: ASGIApp) -> AsyncIterator[AsyncClient]:
    """A client that sends requests."""
    async with AsyncClient(transport=ASGITransport(hub), base_url=OWN) as client:
        yield client


async def started() -> JobSnapshot:
    return await asyncio.to_thread(lambda: start("hello", {}, by=ME))


async def negotiated(program: AsyncClient) -> str:
    """Ask for a connection and return where it is."""
    answer = await program.post("/notifications/negotiate?negotiateVersion=1")
    return f"/notifications?id={answer.json()['connectionToken']}"


async def say(program: AsyncClient, where: str, *calls: dict[str, Any] | str) -> Response:
    texts = [call if isinstance(call, str) else json.dumps(call) + SEPARATOR for call in calls]
    return await program.post(where, content="".join(texts), headers=TEXT)


def messages(answer: Response) -> list[dict[str, Any]]:
    return [json.loads(text) for text in answer.text.split(SEPARATOR) if text]


async def test_negotiate_offers_all_transports_and_keeps_the_secret_apart(program: AsyncClient) -> None:
    answer = await program.post("/notifications/negotiate?negotiateVersion=1&id=of-before")

    told = answer.json()
    assert (answer.status_code, told["negotiateVersion"]) == (200, 1)
    assert told["connectionId"] != told["connectionToken"]
    names = ["WebSockets", "ServerSentEvents", "LongPolling"]
    assert told["availableTransports"] == [{"transport": name, "transferFormats": ["Text"]} for name in names]
    assert (await program.get(f"/notifications?id={told['connectionId']}")).status_code == 404
    assert (await program.get(f"/notifications?id={told['connectionToken']}")).status_code == 200


@pytest.mark.parametrize("query", ["", "?negotiateVersion=0"])
async def test_before_version_1_the_only_id_is_the_one_to_connect_with(program: AsyncClient, query: str) -> None:
    told = (await program.post(f"/notifications/negotiate{query}")).json()

    assert (told["negotiateVersion"], "connectionToken" in told) == (0, False)
    assert (await program.get(f"/notifications?id={told['connectionId']}")).status_code == 200


async def test_long_polling_from_beginning_to_end(program: AsyncClient, feed: EventBus) -> None:
    job, where = await started(), await negotiated(program)
    first = await program.get(where)
    assert (first.status_code, first.text) == (200, "")

    assert (await say(program, where, HANDSHAKE)).status_code == 200
    assert messages(await program.get(where)) == [{}]

    call = {"type": 1, "invocationId": "a", "target": "Subscribe", "arguments": [job.id]}
    await say(program, where, call)
    assert [message["type"] for message in messages(await program.get(where))] == [3, 1]

    waiting = asyncio.create_task(program.get(where))
    feed.tell(JobChanged(job=await asyncio.to_thread(cancel, job.id, by=ME)))
    [told] = messages(await waiting)
    assert told["arguments"][0]["state"] == "cancelled"

    assert (await program.delete(where)).status_code == 202
    assert (await program.get(where)).status_code == 404


async def test_poll_with_nothing_to_say_is_answered_empty_and_the_last_by_204(
    program: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_http, "POLL_SECONDS", 0.01)
    where = await negotiated(program)
    await program.get(where)
    await say(program, where, HANDSHAKE)
    await program.get(where)

    nothing = await program.get(where)
    assert (nothing.status_code, nothing.text) == (200, "")

    await say(program, where, "nonsense" + SEPARATOR)
    assert messages(await program.get(where)) == [{"type": 7, "error": "A message is not a JSON object."}]
    assert (await program.get(where)).status_code == 204
    assert (await program.get(where)).status_code == 404


async def test_client_that_said_it_closes_may_ask_for_the_end_once_more(program: AsyncClient) -> None:
    where = await negotiated(program)
    await program.get(where)
    await say(program, where, HANDSHAKE)
    await program.get(where)

    await say(program, where, {"type": 7})

    assert (await program.get(where)).status_code == 204
    assert [(await program.delete(where)).status_code for _ in range(2)] == [202, 404]


@pytest.mark.parametrize("most_clients", [1])
async def test_only_the_last_ends_are_remembered(program: AsyncClient) -> None:
    ended = []
    for _ in range(2):
        where = await negotiated(program)
        await program.get(where)
        await say(program, where, HANDSHAKE, {"type": 7})
        while (await program.get(where)).status_code == 200:
            pass
        ended.append(where)

    assert [(await program.delete(where)).status_code for where in ended] == [404, 202]


async def test_poll_takes_the_place_of_the_one_before(program: AsyncClient, feed: EventBus) -> None:
    job, where = await started(), await negotiated(program)
    await program.get(where)
    await say(program, where, HANDSHAKE)
    await program.get(where)
    earlier = asyncio.create_task(program.get(where))
    await asyncio.sleep(0)
    later = asyncio.create_task(program.get(where))

    assert (await earlier).text == ""
    feed.tell(JobChanged(job=job))
    assert messages(await later)[0]["arguments"][0]["id"] == job.id


async def test_server_sent_events_hold_a_message_each(hub: ASGIApp, program: AsyncClient, feed: EventBus) -> None:
    jobs, where = [await started(), await started()], await negotiated(program)
    scope = hub_clients.scope_of("http", "/notifications", query=where.partition("?")[2], accept="text/event-stream")
    async with talking(hub, scope) as talk:
        assert await talk.frame() == ": here it begins\r\n\r\n"
        await say(program, where, HANDSHAKE)
        assert await talk.next() == {}
        for job in jobs:
            feed.tell(JobChanged(job=job))

        frame = str(await talk.frame())

        assert [line[:12] for line in frame.split("\r\n\r\n") if line] == ['data: {"type'] * 2
        assert frame.count(SEPARATOR + "\r\n\r\n") == 2
        feed.close()
        assert (await talk.next() or {})["allowReconnect"] is True
        assert await talk.next() is None
    assert (await say(program, where, HANDSHAKE)).status_code == 404


async def test_connection_that_nobody_uses_is_forgotten(program: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "UNUSED_SECONDS", 0.04)
    where = await negotiated(program)

    status = 200
    while status == 200:  # it is promised still
        await asyncio.sleep(0)  # nothing in the asking itself gives the loop a turn
        status = (await program.post(where, content="", headers=TEXT)).status_code

    assert status == 404


async def test_client_over_http_that_sends_no_handshake_is_let_go(
    program: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "HANDSHAKE_SECONDS", 0.01)
    where = await negotiated(program)
    await program.get(where)

    assert messages(await program.get(where)) == [{"error": conversation.NO_HANDSHAKE}]
    assert (await program.get(where)).status_code == 204


REFUSED = {
    "no id": ("GET", "/notifications", {}, 400),
    "an unknown id": ("GET", "/notifications?id=x", {}, 404),
    "an id of nobody to talk to": ("POST", "/notifications?id=x", {}, 404),
    "an id of nobody who could leave": ("DELETE", "/notifications?id=x", {}, 404),
    "a version that is none": ("POST", "/notifications/negotiate?negotiateVersion=x", {}, 400),
    "a foreign page": ("POST", "/notifications/negotiate", {"Origin": "http://evil.example"}, 403),
    "another name": ("POST", "/notifications/negotiate", {"Host": "evil.example"}, 421),
    "another method": ("PUT", "/notifications", {}, 405),
    "another address": ("GET", "/notifications/here", {}, 404),
}


@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_is_a_problem(
    program: AsyncClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await program.request(method, path, headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"].endswith(".")


async def test_head_takes_nothing_from_a_connection(program: AsyncClient) -> None:
    where = await negotiated(program)
    await program.get(where)
    await say(program, where, HANDSHAKE)

    answer = await program.head(where)

    assert (answer.status_code, answer.content) == (405, b"")
    assert messages(await program.get(where)) == [{}]


async def test_a_call_that_fails_takes_back_nothing_that_another_asked_for(
    program: AsyncClient, feed: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, other, where = await started(), await started(), await negotiated(program)
    is_asked, may_fail, get_job = threading.Event(), threading.Event(), job_queries.get_job

    def get_slowly(job_id: int) -> JobSnapshot:
        if job_id == 999:
            is_asked.set()
            assert may_fail.wait(patient(10))
        return get_job(job_id)

    monkeypatch.setattr(job_queries, "get_job", get_slowly)
    await program.get(where)
    await say(program, where, HANDSHAKE)
    failing = asyncio.create_task(
        say(program, where, {"type": 1, "invocationId": "a", "target": "Subscribe", "arguments": [999]})
    )
    await asyncio.to_thread(is_asked.wait, 10)
    await say(program, where, {"type": 1, "invocationId": "b", "target": "Subscribe", "arguments": [job.id]})
    may_fail.set()
    await failing
    assert [one.get("invocationId") for one in messages(await program.get(where))] == [None, "b", "a", None]

    feed.tell(JobChanged(job=other))
    feed.tell(JobChanged(job=job))

    [told] = messages(await program.get(where))
    assert told["arguments"][0]["id"] == job.id


async def test_client_may_shake_hands_before_it_polls(program: AsyncClient) -> None:
    where = await negotiated(program)

    assert (await say(program, where, HANDSHAKE)).status_code == 200

    assert (await program.get(where)).text == ""
    assert messages(await program.get(where)) == [{}]


async def test_connection_of_who_sees_more_is_nobody_elses(program: AsyncClient) -> None:
    where = await negotiated(program)

    hides = hidden_kinds.set(frozenset({"payroll"}))
    assert (await program.get(where)).status_code == 404
    hidden_kinds.reset(hides)
    assert (await program.get(where)).status_code == 200


async def test_what_is_sent_too_long_or_in_no_script_is_refused(program: AsyncClient) -> None:
    where = await negotiated(program)
    await program.get(where)

    assert (await program.post(where, content=b"\xff", headers=TEXT)).status_code == 400
    assert (await say(program, where, "x" * 300_000)).status_code == 413
    assert messages(await program.get(where)) == [{"error": "A request may have 256 KB."}]


@pytest.mark.parametrize("most_clients", [1])
async def test_too_many_promises_are_refused(program: AsyncClient) -> None:
    answers = [await program.post("/notifications/negotiate") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["retry-after"] == "10"


@pytest.mark.parametrize("most_clients", [1])
async def test_client_too_many_is_refused_over_http_too(program: AsyncClient, hub: ASGIApp) -> None:
    where = await negotiated(program)
    async with talking(hub, hub_clients.websocket()) as other:
        await other.shake_hands()

        assert (await program.get(where)).status_code == 429
