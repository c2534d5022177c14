"""Who may run a job: the claim is won once, and limits are kept."""

from typing import Any

import pytest
from sqlalchemy import text

from app.db import State
from app.db.clock import now
from app.db.lifecycle import batch, pending, requests, rescue
from app.db.lifecycle import claim as claims
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.finish import Finish
from app.db.queries import counts, details
from app.db.queries import jobs as job_queries
from app.db.sql.sessions import session
from tests.actors import ME
from tests.store import claimed, done, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_only_the_first_claim_wins() -> None:
    message = stored()
    assert claimed(message, "w1")
    assert not claimed(message, "w2")


def test_a_claim_whose_reply_was_lost_is_known_as_ones_own() -> None:
    message = stored()
    assert claimed(message)
    assert claimed(message)
    assert job_queries.get_job(message.job_id).attempt == 1


def test_an_attempt_says_which_version_of_the_code_runs_and_what_it_took() -> None:
    first, second = stored(), stored(kind="other")
    worker = Worker(id="w1", name="w1")
    claimed = batch.record([], [first, second], worker=worker, versions={"count": "v1"}).claims
    done(first, cpu_seconds=1.5, peak_memory_bytes=3 << 30)
    done(second)

    assert [one.job.code_version for one in claimed] == ["v1", None]
    for job_id, taken in ((first.job_id, ("v1", 1.5, 3 << 30)), (second.job_id, (None, None, None))):
        [attempt] = details.list_attempts(job_id)
        for told in (attempt, job_queries.get_job(job_id)):
            assert (told.code_version, told.cpu_seconds, told.peak_memory_bytes) == taken


def test_an_old_message_claims_nothing() -> None:
    message = stored()
    assert claimed(message)
    rescue.rescue("w1")
    assert not claimed(message, "w2")
    assert job_queries.get_job(message.job_id).state is State.QUEUED


def test_many_are_claimed_and_finished_at_once_and_each_has_its_history() -> None:
    messages = [stored(kind=f"kind{number % 2}") for number in range(6)]
    requests.cancel(messages[0].job_id, by=ME)

    worker = Worker(id="w", name="w")
    claims = batch.record([], messages, worker=worker).claims

    assert [claim.job_id for claim in claims] == [one.job_id for one in messages[1:]]
    assert [claim.job.model_copy(update={"run_seconds": None}) for claim in claims] == [
        job_queries.get_job(claim.job_id).model_copy(update={"run_seconds": None}) for claim in claims
    ]
    ends = [Finish(job_id=one.job_id, token=one.token, outcome="succeeded", at=now(), result=1) for one in messages]
    jobs_after = [one.job if one is not None else None for one in batch.record(ends, [], worker=worker).ended]
    assert jobs_after[0] is None
    assert [one.state for one in jobs_after[1:] if one is not None] == [State.SUCCEEDED] * 5
    for one in jobs_after[1:]:
        assert one == job_queries.get_job(one.id) if one is not None else False
        assert one is not None
        assert [move.to_state for move in details.list_transitions(one.id)] == ["queued", "running", "succeeded"]
    assert counts.state_totals(kind="kind1")[State.SUCCEEDED] == 3


def test_no_more_of_a_limited_kind_run_than_may_and_the_others_are_sent_later() -> None:
    first, second, third = stored(), stored(), stored()
    assert claimed(first, count=2)
    assert claimed(second, "w2", count=2)
    assert not claimed(third, "w3", count=2)
    assert pending.unsent(older_than=now(), limits={"count": 2}) == []
    done(first)
    [again] = pending.unsent(older_than=now(), limits={"count": 2})
    assert again.job_id == third.job_id


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_claim_of_a_limited_kind_holds_no_counter_until_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    message = stored()
    take = claims._take

    def taken(*given: Any, **named: Any) -> Any:
        with session(write=True) as other:
            other.execute(text("SET LOCAL lock_timeout = '100ms'"))
            other.execute(text("UPDATE state_count SET total = total"))
        return take(*given, **named)

    monkeypatch.setattr(claims, "_take", taken)
    assert claimed(message, count=1)
