"""Which notices hear of what: decided once, never lost, and in one message where many things happen at once."""

from datetime import timedelta
from typing import Any

import pytest

from app.db.clock import now
from app.db.failures import dismissing
from app.db.lifecycle import requests, rescue
from app.db.lifecycle.start import Message, NewJob
from app.db.notices import changing, deciding, sending
from app.db.queries.notices import get_notice, list_deliveries
from app.db.snapshots.notice import Answer, Delivery
from app.db.snapshots.parts import Failure
from tests import store
from tests.actors import ME

pytestmark = pytest.mark.both_databases
FAILURE = Failure(type="ValueError", message="bad", signature="ValueError: bad")


def notice(**changes: Any) -> int:
    values = {"name": "Watch", "events": ["failed"], "to": {"webhook": {"shown": "https://example.org"}}, **changes}
    return changing.create(values, by=ME).id


def sender(delivery_id: int, delay: float | None) -> NewJob:
    params = {"delivery_id": delivery_id}
    return store.new_job(kind="send_notice", params=params, delay=None if delay is None else timedelta(seconds=delay))


def ended(outcome: str = "failed", **job: Any) -> Message:
    message = store.stored(**job)
    assert store.claimed(message)
    store.done(message, outcome=outcome, failure=FAILURE if outcome == "failed" else None)
    return message


def told(notice_id: int) -> list[Delivery]:
    """Decide on all that happened, and give what a notice sends, the first one first."""
    deciding.decide(sender)
    return list_deliveries(notice_id)[::-1]


@pytest.mark.parametrize(
    ("wanted", "job"),
    [
        ({"kind": "count"}, {}),
        ({"tag": "nightly"}, {"tags": ["nightly", "x"]}),
        ({"q": "params.customer:12 state:failed"}, {"params": {"customer": 12}}),
        ({"events": ["finished"]}, {}),
        ({"events": ["running", "failed"], "kind": "count", "tag": "a"}, {"tags": ["a"]}),
    ],
)
def test_a_notice_tells_of_the_jobs_that_match(database: str, wanted: dict[str, Any], job: dict[str, Any]) -> None:
    notice_id = notice(**wanted)
    message = ended(**job)

    found = told(notice_id)

    assert ["failed"] in [one.events for one in found]
    assert {job_id for one in found for job_id in one.job_ids} == {message.job_id}
    assert not deciding.is_any_undecided()


@pytest.mark.parametrize(
    "wanted",
    [
        {"kind": "other"},
        {"tag": "nightly"},
        {"q": "params.customer:12"},
        {"events": ["succeeded", "cancelled", "retrying"]},
        {"job_id": 99},
        {"is_enabled": False},
    ],
)
def test_a_notice_does_not_tell_of_others(database: str, wanted: dict[str, Any]) -> None:
    notice_id = notice(**wanted)
    ended()
    assert told(notice_id) == []


def test_every_end_is_kept_with_the_end_itself(database: str) -> None:
    notice_id = notice(events=["finished"], kind="count")
    waiting, running = store.inserted().job, store.stored()
    requests.cancel(waiting.id, by=ME, is_forced=False)
    assert store.claimed(running, worker="dead")
    requests.cancel(running.job_id, by=ME, is_forced=False)
    rescue.rescue("dead")

    found = told(notice_id)

    assert [(one.events, one.job_ids) for one in found] == [
        (["cancelled"], [waiting.id]),
        (["cancelled"], [running.job_id]),
    ]


def test_each_event_is_decided_on_once_and_each_channel_has_its_message(database: str) -> None:
    to = {"webhook": {"shown": "https://example.org"}, "email": {"shown": "a@example.org"}}
    notice_id = notice(to=to)
    ended()

    assert len(deciding.decide(sender)) == 2
    assert deciding.decide(sender) == []
    assert sorted(one.channel for one in list_deliveries(notice_id)) == ["email", "webhook"]


def test_a_cause_is_told_of_when_it_is_new_and_when_it_is_back(database: str) -> None:
    notice_id = notice(events=["failure_new", "failure_back"])
    first, _ = ended(), ended()
    told(notice_id)
    dismissing.dismiss(FAILURE.signature, by=ME)
    back, _ = ended(), ended()

    found = told(notice_id)

    assert [(one.events, one.job_ids) for one in found] == [
        (["failure_new"], [first.job_id]),
        (["failure_back"], [back.job_id]),
    ]
    assert [item["detail"] for one in found for item in one.items] == [{"signature": FAILURE.signature}] * 2


@pytest.mark.parametrize("wanted", [{"kind": "other"}, {"q": "tag:nightly"}, {"events": ["failure_back"]}])
def test_a_new_cause_of_other_jobs_is_not_told_of(database: str, wanted: dict[str, Any]) -> None:
    notice_id = notice(**{"events": ["failure_new"], **wanted})
    ended()
    assert told(notice_id) == []


def test_what_sends_is_not_told_of(database: str) -> None:
    notice(events=["finished", "failure_new"])
    ended("failed", kind="send_notice")
    assert not deciding.is_any_undecided()


def test_a_job_that_was_deleted_since_is_not_told_of(database: str) -> None:
    notice_id = notice()
    message = ended()
    requests.delete(message.job_id, by=ME)
    assert told(notice_id) == []


def test_a_notice_of_one_job_tells_once(database: str) -> None:
    message = store.stored()
    notice_id = notice(job_id=message.job_id, events=["finished"])
    ended()
    assert store.claimed(message)
    store.done(message)

    assert [one.job_ids for one in told(notice_id)] == [[message.job_id]]
    assert not get_notice(notice_id).is_enabled


def test_many_at_once_are_told_in_one_message_that_gathers_until_it_is_sent(database: str) -> None:
    notice_id = notice()
    crowd = [ended() for _ in range(deciding.MANY + 1)]
    [gathering] = told(notice_id)
    crowd.append(ended())

    assert [one.id for one in told(notice_id)] == [gathering.id]
    [one] = list_deliveries(notice_id)
    assert (one.state, one.count, one.job_ids) == ("gathering", len(crowd), [message.job_id for message in crowd])

    sent = sending.begin(gathering.id)
    ended()

    assert sent is not None
    assert sent.delivery.count == len(crowd)
    assert [one.count for one in told(notice_id)] == [len(crowd), 1]


def test_what_is_told_is_as_it_was_and_holds_no_params(database: str) -> None:
    notice_id = notice()
    message = ended(params={"customer": 12}, tags=["a"])
    [delivery] = told(notice_id)
    requests.delete(message.job_id, by=ME)

    [item] = delivery.items

    job = item["job"]
    assert isinstance(job, dict)
    assert (item["event"], job["id"], job["state"], job["tags"]) == ("failed", message.job_id, "failed", ["a"])
    assert job["error"] == {"type": "ValueError", "message": "bad", "signature": "ValueError: bad"}
    assert {"params", "result"}.isdisjoint(job)


def test_a_message_that_was_taken_is_not_taken_again_once_it_was_sent(database: str) -> None:
    notice_id = notice()
    ended()
    [delivery] = told(notice_id)
    accepted = Answer(at=now(), seconds=0.1, text="ok", is_accepted=True)

    sending.answered(delivery.id, accepted.model_copy(update={"is_accepted": False}), is_last=False)
    assert sending.begin(delivery.id) is not None
    sending.answered(delivery.id, accepted, is_last=False)

    assert sending.begin(delivery.id) is None
    [sent] = list_deliveries(notice_id)
    assert (sent.state, [one.is_accepted for one in sent.answers]) == ("sent", [False, True])


def test_the_log_is_forgotten_in_time(database: str) -> None:
    notice_id = notice()
    ended()
    assert len(told(notice_id)) == 1

    assert deciding.forget(now() - timedelta(hours=1)) == 0
    assert deciding.forget(now() + timedelta(hours=1)) == 1
    assert list_deliveries(notice_id) == []
