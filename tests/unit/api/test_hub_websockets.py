"""The hub over WebSockets: clients of SignalR, plain ones, and those that keep to no protocol."""

import asyncio
import json
import logging
from typing import Any

import pytest
from starlette.types import ASGIApp

from app.api.hub import broadcast, client, conversation, websocket
from app.auth import accounts, tokens
from app.db import JobSnapshot
from app.db.lifecycle.start import Message
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Progress
from app.queue import cancel, start
from app.queue.acts.starting import StartOptions
from app.queue.events.bus import EventBus
from app.queue.events.publisher import NOTIFY
from app.queue.events.types import Connected, Disconnected, JobChanged, JobProgressed
from app.rights import Role
from tests.actors import ME
from tests.door import bearer, make_account, with_door
from tests.store import claimed
from tests.unit.api import hub_clients
from tests.unit.api.hub_clients import HANDSHAKE, SEPARATOR, Talk, talking

pytestmark = pytest.mark.thorough


async def started(**options: Any) -> JobSnapshot:
    return await asyncio.to_thread(lambda: start("hello", {}, **options, by=ME))


def job_of(told: Any) -> tuple[int, str]:
    return told["id"], told["state"]


async def test_who_never_subscribes_hears_every_job(hub: ASGIApp, feed: EventBus) -> None:
    job = await started()
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()

        feed.tell(JobChanged(job=job))

        shown = json.loads(job.model_dump_json())
        assert await talk.next() == {"type": 1, "target": "JobChanged", "arguments": [shown]}


async def test_subscribe_narrows_to_a_job_and_begins_with_its_present_state(hub: ASGIApp, feed: EventBus) -> None:
    first, other = await started(), await started()
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()
        subscribe = {"type": 1, "invocationId": "a", "target": "Subscribe", "arguments": [first.id]}

        talk.say(json.dumps(subscribe) + SEPARATOR)

        assert await talk.next() == {"type": 3, "invocationId": "a", "result": None}
        assert job_of(await talk.told()) == (first.id, "queued")
        feed.tell(JobChanged(job=other))
        feed.tell(JobChanged(job=await asyncio.to_thread(cancel, first.id, by=ME)))
        assert job_of(await talk.told()) == (first.id, "cancelled")


async def test_progress_is_heard_by_who_follows_the_job(hub: ASGIApp, feed: EventBus) -> None:
    job = await started()
    await asyncio.to_thread(claimed, Message(job.id, 1, job.kind, job.queue, job.priority))
    async with talking(hub, hub_clients.websocket()) as one, talking(hub, hub_clients.websocket()) as all_of_it:
        await one.shake_hands()
        await all_of_it.shake_hands()
        await one.call("Subscribe", job.id)
        assert job_of(await one.told()) == (job.id, "running")

        feed.tell(JobProgressed(job_id=job.id, attempt=1, progress=Progress(done=1, total=2)))
        feed.tell(JobProgressed(job_id=job.id, attempt=7, progress=Progress(done=2, total=2)))  # of no attempt now
        assert (await one.told())["progress"]["total"] == 2

        feed.tell(JobChanged(job=await asyncio.to_thread(cancel, job.id, by=ME)))
        assert (await all_of_it.told())["cancel_requested_at"] is not None


async def test_unsubscribe_and_subscribe_all(hub: ASGIApp, feed: EventBus) -> None:
    first, second = await started(), await started()
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()
        for method, *arguments in (["Subscribe", first.id], ["Subscribe", second.id], ["Unsubscribe", first.id]):
            assert "error" not in await talk.call(str(method), *arguments)
        feed.tell(JobChanged(job=first))
        feed.tell(JobChanged(job=second))
        assert (await talk.told())["id"] == second.id

        assert "error" not in await talk.call("SubscribeAll")

        feed.tell(JobChanged(job=first))
        assert (await talk.told())["id"] == first.id


@pytest.mark.parametrize(
    ("method", "arguments", "why"),
    [
        ("Subscribe", [99], "There is no job #99."),
        ("Subscribe", ["1"], "Subscribe takes the id of a job, a whole number."),
        ("Subscribe", [True], "Subscribe takes the id of a job, a whole number."),
        ("Subscribe", [2**70], "Subscribe takes the id of a job, a whole number."),
        ("Unsubscribe", [], "Unsubscribe takes the id of a job, a whole number."),
        ("SubscribeAll", [1], "SubscribeAll takes no arguments."),
        ("subscribe", [1], "The hub has no method 'subscribe', only Subscribe, Unsubscribe, SubscribeAll."),
        ("\ud800", [], "The hub has no method '\\ud800', only Subscribe, Unsubscribe, SubscribeAll."),
    ],
    ids=range(8),
)
async def test_call_that_cannot_be_is_completed_with_a_sentence(
    hub: ASGIApp, feed: EventBus, method: str, arguments: list[Any], why: str
) -> None:
    job = await started()
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()

        assert (await talk.call(method, *arguments))["error"] == why

        feed.tell(JobChanged(job=job))  # and it still hears everything
        assert (await talk.told())["id"] == job.id


async def test_call_of_a_stream_is_completed_and_one_without_an_id_is_not_answered(hub: ASGIApp) -> None:
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()

        talk.say('{"type":1,"target":"Nothing","arguments":[]}' + SEPARATOR)
        talk.say('{"type":4,"invocationId":"s","target":"Subscribe","arguments":[1]}' + SEPARATOR)

        answer = await talk.next()
        assert answer is not None
        assert (answer["invocationId"], answer["error"]) == (
            "s",
            "Subscribe gives no stream: call it with invoke or send.",
        )


async def test_error_of_our_own_is_completed_without_its_inside(hub: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_queries, "get_job", lambda _: 1 // 0)
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()

        assert (await talk.call("Subscribe", 1))["error"] == "Jobdeck made a mistake. Its log says more."


async def test_several_messages_come_in_one_frame_and_one_over_several(hub: ASGIApp, feed: EventBus) -> None:
    job = await started()
    calls = "".join(
        json.dumps({"type": 1, "invocationId": str(number), "target": "SubscribeAll", "arguments": []}) + SEPARATOR
        for number in range(3)
    )
    async with talking(hub, hub_clients.websocket()) as talk:
        talk.say(HANDSHAKE + calls[:60], calls[60:61], calls[61:])
        assert await talk.next() == {}

        assert [(await talk.next() or {})["invocationId"] for _ in range(3)] == ["0", "1", "2"]

        feed.tell(JobChanged(job=job))
        assert (await talk.told())["id"] == job.id


async def test_pings_go_both_ways(hub: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "PING_SECONDS", 0.01)
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()

        talk.say('{"type":6}' + SEPARATOR)

        assert [await talk.next() for _ in range(3)] == [{"type": 6}] * 3


async def test_everybody_is_told_in_words_whatever_they_follow(hub: ASGIApp, feed: EventBus) -> None:
    other, told = await started(), await started(order=StartOptions(tags=[NOTIFY]))
    async with talking(hub, hub_clients.websocket()) as all_of_it, talking(hub, hub_clients.websocket()) as one:
        await all_of_it.shake_hands()
        await one.shake_hands()
        await one.call("Subscribe", other.id)

        feed.tell(JobChanged(job=told))
        feed.tell(JobChanged(job=await asyncio.to_thread(cancel, told.id, by=ME)))

        for talk in (all_of_it, one):
            texts = [await talk.told("ReceiveNotification") for _ in range(2)]
            assert texts == [f"Say hello #{told.id} started", f"Say hello #{told.id} cancelled"]


@pytest.mark.parametrize("version", [0, 1, 2])
async def test_versions_that_stock_clients_say_are_taken(hub: ASGIApp, version: int) -> None:
    async with talking(hub, hub_clients.websocket()) as talk:
        talk.say(json.dumps({"protocol": "json", "version": version}) + SEPARATOR)

        assert await talk.next() == {}


REFUSED_HANDSHAKES = {
    '{"protocol":"messagepack","version":1}': "The protocol 'messagepack' is not spoken here, only 'json'.",
    '{"protocol":"json","version":9}': "This version of the protocol is not spoken here, only 1.",
    '{"type":6}': 'The first message must be a handshake: {"protocol": "json", "version": 1}.',
    "GET / HTTP/1.1": "A message is not a JSON object.",
    "[" * 60_000: "A message is not a JSON object.",
    "x" * 70_000: "A message may have 64 KB.",
}


@pytest.mark.parametrize(("said", "why"), REFUSED_HANDSHAKES.items(), ids=range(len(REFUSED_HANDSHAKES)))
async def test_handshake_that_cannot_be_is_answered_with_a_sentence(hub: ASGIApp, said: str, why: str) -> None:
    async with talking(hub, hub_clients.websocket()) as talk:
        talk.say(said + SEPARATOR)

        assert await talk.next() == {"error": why}
        assert await talk.next() is None


async def test_half_a_handshake_may_be_made_whole_for_longer_than_a_plain_client_is_waited_for(
    hub: ASGIApp, feed: EventBus
) -> None:
    job = await started()
    async with talking(hub, hub_clients.websocket()) as slow:
        slow.say(HANDSHAKE[:12])
        await slow.opened()
        async with talking(hub, hub_clients.websocket()) as plain:  # which came later is known to be plain
            await plain.opened()
            feed.tell(JobChanged(job=job))
            assert json.loads(str(await plain.frame()))["type"] == "job"

        slow.say(HANDSHAKE[12:])

        assert await slow.next() == {}


async def test_half_a_handshake_is_refused_in_the_end(hub: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "HANDSHAKE_SECONDS", 0.01)
    async with talking(hub, hub_clients.websocket()) as talk:
        talk.say(HANDSHAKE[:12])

        assert await talk.next() == {"error": "No handshake came within 15 seconds."}
        assert await talk.next() is None


BAD_MESSAGES = {
    "x" * 10_000_000: "A message may have 64 KB.",
    "no JSON": "A message is not a JSON object.",
    "[]": "A message is not a JSON object.",
    '{"target":"Subscribe"}': "A message has no type.",
    '{"type":true}': "A message has no type.",
    '{"type":1,"arguments":[]}': "A call names no method.",
    '{"type":1,"target":"Subscribe"}': "A call has no list of arguments.",
    '{"type":1,"target":"Subscribe","arguments":[1],"invocationId":7}': "The invocationId of a call is not a text.",
}


@pytest.mark.parametrize(("said", "why"), BAD_MESSAGES.items(), ids=range(len(BAD_MESSAGES)))
async def test_bad_message_ends_its_connection_with_a_sentence_and_no_other(
    hub: ASGIApp, feed: EventBus, said: str, why: str
) -> None:
    job = await started()
    async with talking(hub, hub_clients.websocket()) as bad, talking(hub, hub_clients.websocket()) as good:
        await bad.shake_hands()
        await good.shake_hands()

        bad.say(said + SEPARATOR)

        assert await bad.next() == {"type": 7, "error": why}
        assert await bad.next() is None
        feed.tell(JobChanged(job=job))
        assert (await good.told())["id"] == job.id


async def test_message_of_a_type_that_nobody_knows_is_passed_over(hub: ASGIApp) -> None:
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()

        talk.say('{"type":8,"sequenceId":1}' + SEPARATOR, '{"type":99}' + SEPARATOR, '{"type":5}' + SEPARATOR)

        assert "error" not in await talk.call("SubscribeAll")


async def test_client_that_says_goodbye_is_let_go(hub: ASGIApp) -> None:
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()

        talk.say('{"type":7}' + SEPARATOR)

        assert await talk.next() is None
        assert talk.close is not None
        assert talk.close["code"] == 1000


async def test_stop_of_the_server_is_said_and_the_client_may_return(hub: ASGIApp, feed: EventBus) -> None:
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()

        feed.close()

        end = {"type": 7, "error": "Jobdeck stops. Connect again in a moment.", "allowReconnect": True}
        assert await talk.next() == end
        assert await talk.next() is None
        assert talk.close is not None
        assert talk.close["code"] == 1012


async def unread(talk: Talk, hub_job: JobSnapshot, feed: EventBus) -> None:
    """Let a client take nothing from now on, with one frame that waits for it already."""
    talk.is_reading.clear()
    feed.tell(JobChanged(job=hub_job))
    await asyncio.sleep(0)


async def test_of_a_job_a_slow_client_gets_the_newest_state_alone(hub: ASGIApp, feed: EventBus) -> None:
    held, job = await started(), await started()
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()
        await unread(talk, held, feed)
        for version in range(2, 50):
            feed.tell(JobChanged(job=job.model_copy(update={"version": version})))

        talk.is_reading.set()

        assert (await talk.told())["id"] == held.id
        assert (await talk.told())["version"] == 49


async def test_client_that_reads_too_slowly_is_cut_off_with_a_reason_and_slows_nobody(
    hub: ASGIApp, feed: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_PENDING_CHARACTERS", 20_000)
    job = await started()
    many = [job.model_copy(update={"id": number}) for number in range(2, 42)]
    async with talking(hub, hub_clients.websocket()) as slow, talking(hub, hub_clients.websocket()) as quick:
        await slow.shake_hands()
        await quick.shake_hands()
        await unread(slow, job, feed)
        assert (await quick.told())["id"] == job.id
        for one in many:
            feed.tell(JobChanged(job=one))
            assert (await quick.told())["id"] == one.id

        slow.is_reading.set()

        assert (await slow.told())["id"] == job.id
        assert await slow.next() == {"type": 7, "error": client.TOO_SLOW, "allowReconnect": True}
        assert await slow.next() is None
        assert slow.close is not None
        assert (slow.close["code"], slow.close["reason"]) == (1013, client.TOO_SLOW)


async def test_client_that_asks_on_and_on_and_reads_nothing_is_cut_off(
    hub: ASGIApp, feed: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_ANSWER_CHARACTERS", 2_000)
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()
        await unread(talk, await started(), feed)
        for number in range(100):
            call = {"type": 1, "invocationId": str(number), "target": "Nothing", "arguments": []}
            talk.say(json.dumps(call) + SEPARATOR)
        for _ in range(200):  # turns of the loop, in which it is all heard
            await asyncio.sleep(0)

        talk.is_reading.set()

        await talk.told()
        assert await talk.next() == {"type": 7, "error": client.TOO_SLOW, "allowReconnect": True}
        assert await talk.next() is None


async def test_of_a_job_that_is_not_there_nothing_is_kept(feed: EventBus) -> None:
    talking_to = conversation.Conversation(broadcast.Broadcast(feed))
    await talking_to.hear(HANDSHAKE)

    for number in range(900, 905):
        call = {"type": 1, "invocationId": "a", "target": "Subscribe", "arguments": [number]}
        await talking_to.hear(json.dumps(call) + SEPARATOR)

    assert (talking_to.client.followed, talking_to.client.expected) == (None, set())


@pytest.mark.parametrize("most_clients", [1])
async def test_client_that_takes_not_even_its_last_words_is_left(
    hub: ASGIApp, feed: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "LAST_WORDS_SECONDS", 0.01)
    job = await started()
    async with talking(hub, hub_clients.websocket()) as stuck:
        await stuck.shake_hands()
        await unread(stuck, job, feed)
        stuck.say("nonsense" + SEPARATOR)

        while True:  # until there is room for another
            async with talking(hub, hub_clients.websocket()) as next_one:
                if await next_one.opened() == 101:
                    break


async def test_what_redis_lost_is_read_again(hub: ASGIApp, feed: EventBus) -> None:
    feed.tell(Connected())
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()
        feed.tell(Disconnected())
        job = await started()

        feed.tell(Connected())

        assert job_of(await talk.told()) == (job.id, "queued")


async def test_what_was_told_while_it_was_read_is_not_undone(
    hub: ASGIApp, feed: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, loop, get_job = await started(), asyncio.get_running_loop(), job_queries.get_job

    async def tell(event: JobChanged) -> None:
        feed.tell(event)

    def read_then_told(job_id: int) -> JobSnapshot:
        read = get_job(job_id)
        asyncio.run_coroutine_threadsafe(tell(JobChanged(job=cancel(job_id, by=ME))), loop).result(10)
        return read

    monkeypatch.setattr(job_queries, "get_job", read_then_told)
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()
        talk.say(json.dumps({"type": 1, "invocationId": "a", "target": "Subscribe", "arguments": [job.id]}) + SEPARATOR)

        assert job_of(await talk.told()) == (job.id, "cancelled")
        feed.close()
        later = [(await talk.next() or {})["type"]]
        if later == [3]:  # that it has subscribed, which may come before the change or after it
            later.append((await talk.next() or {})["type"])
        assert later[-1] == 7


async def test_plain_client_gets_json_frames(hub: ASGIApp, feed: EventBus) -> None:
    job = await started(order=StartOptions(tags=[NOTIFY]))
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.opened()

        feed.tell(JobChanged(job=job))  # before it is known that it is plain

        frames = [json.loads(str(await talk.frame())) for _ in range(2)]
        assert frames == [
            {"type": "job", "job": json.loads(job.model_dump_json())},
            {"type": "notification", "text": f"Say hello #{job.id} started", "job_id": job.id},
        ]


async def test_plain_client_that_was_told_nothing_may_still_shake_hands(
    hub: ASGIApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PLAIN_SECONDS", 0.0)
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.opened()
        for _ in range(20):  # turns of the loop, in the first of which it is taken for plain
            await asyncio.sleep(0)
        talk.say("hello?" + SEPARATOR)  # of no meaning to a plain client; as a handshake it would be the end

        await talk.shake_hands()

        assert "error" not in await talk.call("SubscribeAll")


async def test_promised_connection_waits_longer_for_its_handshake(
    hub: ASGIApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PLAIN_SECONDS", 0.0)
    visit_id = await promised(hub)
    async with talking(hub, hub_clients.websocket(f"id={visit_id}")) as talk:
        await talk.opened()

        await talk.shake_hands()

    async with talking(hub, hub_clients.websocket(f"id={visit_id}")) as again:
        assert await again.opened() == 404


async def promised(hub: ASGIApp, version: int = 1) -> str:
    scope = hub_clients.scope_of(
        "http", "/notifications/negotiate", method="POST", query=f"negotiateVersion={version}", content_length="0"
    )
    async with talking(hub, scope) as talk:
        answer = json.loads(str(await talk.frame()))
    return str(answer["connectionToken" if version else "connectionId"])


async def test_program_that_leaves_the_port_out_of_its_host_is_let_in(hub: ASGIApp) -> None:
    async with talking(hub, hub_clients.websocket(host="127.0.0.1")) as talk:
        assert await talk.opened() == 101


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"host": "evil.example"},
        {"host": "127.0.0.1", "origin": "http://127.0.0.1"},
        {"host": "127.0.0.1:80"},
    ],
)
async def test_page_of_another_site_gets_no_websocket(hub: ASGIApp, headers: dict[str, str]) -> None:
    async with talking(hub, hub_clients.websocket(**headers)) as talk:
        assert await talk.opened() in (403, 421)


@pytest.mark.parametrize("most_clients", [1])
async def test_one_client_too_many_is_refused_and_room_is_made_by_who_leaves(hub: ASGIApp) -> None:
    for _ in range(3):
        async with talking(hub, hub_clients.websocket()) as gone:
            await gone.shake_hands()
    async with talking(hub, hub_clients.websocket()) as first, talking(hub, hub_clients.websocket()) as second:
        assert (await first.opened(), await second.opened()) == (101, 429)


async def test_promised_client_that_sends_no_handshake_is_let_go(hub: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "HANDSHAKE_SECONDS", 0.01)
    async with talking(hub, hub_clients.websocket(f"id={await promised(hub)}")) as talk:
        assert await talk.next() == {"error": conversation.NO_HANDSHAKE}
        assert await talk.next() is None


async def test_with_accounts_who_shows_a_token_hears_until_it_is_revoked(
    hub: ASGIApp, feed: EventBus, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = await started()
    make_account("ann", Role.VIEWER)
    [token] = bearer("ann", scope="read").values()
    secret = token.partition(" ")[2]
    door = with_door(hub)
    async with talking(door, hub_clients.websocket()) as stranger:
        assert await stranger.opened() == 401
    async with talking(door, hub_clients.websocket(f"access_token={secret}")) as talk:
        await talk.shake_hands()
        assert "error" not in await talk.call("Subscribe", job.id)

        [shown] = tokens.list_tokens(by=ME)
        tokens.revoke_token(shown.id, by=ME)
        feed.tell(JobChanged(job=job))

        last = None
        while (said := await talk.next()) is not None:
            last = said
        assert last == {"type": 7, "error": "Your session or token is over: sign in again."}
        assert talk.close is not None
        assert (talk.close["code"], talk.close["reason"]) == (1008, "Your session or token is over: sign in again.")
    assert "What ann/for read followed at /notifications is ended: their session or token is over." in caplog.text


async def test_who_may_see_less_than_before_is_told_to_connect_again(hub: ASGIApp, feed: EventBus) -> None:
    job = await started()
    make_account("root", Role.ADMIN)
    make_account("ann", Role.OPERATOR)
    [token] = bearer("ann").values()
    async with talking(with_door(hub), hub_clients.websocket(f"access_token={token.partition(' ')[2]}")) as talk:
        await talk.shake_hands()

        accounts.change_account("ann", role=Role.VIEWER, by=ME)
        feed.tell(JobChanged(job=job))

        last = await talk.next()
        assert last == {"type": 7, "error": "You may see less than before: connect again.", "allowReconnect": True}
