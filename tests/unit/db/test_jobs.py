"""The state machine's writes: who is second changes nothing, and a write whose reply was lost is known as one's own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from app.db import State, clock
from app.db.clock import now
from app.db.lifecycle import batch, pending, reported, requests, rescue, start
from app.db.lifecycle import claim as claims
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.finish import Finish
from app.db.lifecycle.reported import ProgressWrite
from app.db.lifecycle.start import Message, insert_jobs
from app.db.queries import counts, details
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Failure, NewLogLine
from app.db.sql import engine
from app.db.sql.sessions import session
from app.errors import WrongState
from tests.actors import ME
from tests.store import claimed, done, inserted, new_job, stored

FAILURE = Failure(type="E", message="m", signature="s")
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


def test_an_old_message_claims_nothing() -> None:
    message = stored()
    assert claimed(message)
    rescue.rescue("w1")
    assert not claimed(message, "w2")
    assert job_queries.get_job(message.job_id).state is State.QUEUED


def test_a_finish_is_recorded_once_and_known_again_by_its_worker() -> None:
    message = stored()
    claimed(message)
    at = now()
    assert done(message, "w1", at=at, result="first") is not None
    assert done(message, "w1", at=at, result="first") is not None
    assert done(message, "w2", outcome="failed", result=None, failure=FAILURE) is None
    job = job_queries.get_job(message.job_id)
    assert (job.state, job.result) == (State.SUCCEEDED, "first")
    assert [one.to_state for one in details.list_transitions(message.job_id)].count(State.SUCCEEDED) == 1


@pytest.mark.parametrize("number", [2**100 + 1, -(2**63) - 1, 12.0, 0.1, 1e300, True, 7])
def test_a_result_that_is_a_number_is_kept_as_it_is(number: float) -> None:
    message = stored()
    claimed(message)

    done(message, "w1", result=number)

    result = job_queries.get_job(message.job_id).result
    assert (result, type(result)) == (number, type(number))


def test_a_rescued_job_runs_elsewhere_and_the_zombies_finish_changes_nothing() -> None:
    message = stored()
    claimed(message)
    [(job, again)] = rescue.rescue("w1")
    assert again is not None
    assert (job.state, job.max_attempts) == (State.QUEUED, 3)
    assert [one.state for one in details.list_attempts(message.job_id)] == ["lost"]

    assert done(message, "w1", result="zombie") is None
    assert claimed(again, "w2")
    assert rescue.rescue("w1") == []


def test_a_job_that_was_asked_to_stop_is_not_queued_again_when_its_worker_dies() -> None:
    message = stored()
    claimed(message)
    requests.cancel(message.job_id, by=ME)
    [(job, again)] = rescue.rescue("w1")
    assert (job.state, again) == (State.CANCELLED, None)


def test_a_job_that_was_asked_to_stop_is_not_retried() -> None:
    message = stored()
    claimed(message)
    assert requests.cancel(message.job_id, by=ME).is_stopping
    job = done(message, outcome="failed", result=None, failure=FAILURE, retry_at=now())
    assert job is not None
    assert (job.state, job.error) == (State.CANCELLED, None)


def test_a_job_whose_worker_died_runs_alone_from_then_on() -> None:
    message = stored()
    claimed(message)
    [(_, again)] = rescue.rescue("w1")
    assert again is not None
    [claim] = batch.record([], [again], worker=Worker(id="w2", name="w2")).claims
    assert claim.is_alone


def test_a_job_that_kills_its_process_again_and_again_while_alone_ends_as_failed() -> None:
    message: Message | None = stored(max_crashes=3)
    for _ in range(3):
        assert message is not None
        assert claimed(message)
        lost = rescue.crash(message.job_id, message.token, worker_id="w1", reason="its process died")
        assert lost is not None
        job, message = lost
    assert message is None
    assert (job.state, job.error and job.error.message) == (
        State.FAILED,
        "Its process died 3 times while it ran.",
    )


def test_deaths_of_its_worker_are_not_its_own_crashes() -> None:
    message: Message | None = stored(max_crashes=2)
    for number in range(5):
        assert message is not None
        assert claimed(message, f"w{number}")
        [(job, message)] = rescue.rescue(f"w{number}")
    assert job.state is State.QUEUED


def test_a_job_whose_worker_dies_without_end_ends_as_failed() -> None:
    message: Message | None = stored()
    for number in range(rescue.MAX_LOST):
        assert message is not None
        assert claimed(message, f"w{number}")
        [(job, message)] = rescue.rescue(f"w{number}")
    assert (job.state, job.error and job.error.message) == (State.FAILED, "Its worker died 25 times while it ran.")


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


def test_an_unfinished_job_of_the_same_key_is_found_instead_of_a_second_one() -> None:
    first = inserted(unique_key="k")
    again = inserted(unique_key="k")
    assert (again.job.id, again.is_new, again.message) == (first.job.id, False, None)
    assert inserted(unique_key="k", kind="other").is_new
    requests.cancel(first.job.id, by=ME)
    second = inserted(unique_key="k")
    assert second.is_new
    with pytest.raises(WrongState, match=f"#{second.job.id}"):
        requests.retry(first.job.id, retries=0, by=ME)


def test_a_job_that_may_run_once_ends_when_its_worker_dies() -> None:
    claimed(stored(max_crashes=1))

    [(job, again)] = rescue.rescue("w1")

    assert again is None
    assert (job.state, job.error and job.error.message) == (State.FAILED, "Its worker died while it ran.")


def test_a_job_that_may_run_once_ends_when_its_worker_stops() -> None:
    message = stored(max_crashes=1)
    claimed(message)

    returned = rescue.hand_back(message.job_id, message.token, worker_id="w1", reason="its worker stopped")

    assert returned is not None
    job, again = returned
    assert again is None
    assert (job.state, job.error and job.error.message) == (State.FAILED, "Its worker stopped while it ran.")


def test_a_job_that_was_handed_back_again_and_again_runs_alone() -> None:
    message = stored()
    alone = []
    for _ in range(rescue.MAX_HANDED_BACK):
        [claim] = batch.record([], [message], worker=Worker(id="w1", name="w1"), limits={}).claims
        alone.append(claim.is_alone)
        returned = rescue.hand_back(message.job_id, claim.token, worker_id="w1", reason="its worker stopped")
        assert returned is not None
        assert returned[1] is not None
        message = returned[1]
    [claim] = batch.record([], [message], worker=Worker(id="w1", name="w1"), limits={}).claims

    assert [*alone, claim.is_alone] == [False] * rescue.MAX_HANDED_BACK + [True]
    assert job_queries.get_job(message.job_id).attempt == rescue.MAX_HANDED_BACK + 1


def test_a_handed_back_job_burns_no_attempt() -> None:
    message = stored(max_attempts=1)
    claimed(message)
    returned = rescue.hand_back(message.job_id, message.token, worker_id="w1", reason="its worker stopped")
    assert returned is not None
    job, again = returned
    assert (job.state, job.attempt, job.max_attempts) == (State.QUEUED, 1, 2)
    assert again is not None
    assert claimed(again, "w2")


def test_what_is_due_is_queued_once() -> None:
    later = inserted(run_at=now() + timedelta(milliseconds=500))
    job = later.job
    assert (job.state, later.message) == (State.SCHEDULED, None)
    while not pending.has_due():
        continue
    assert [one.id for one, _ in start.queue_due()] == [job.id]
    assert start.queue_due() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("look", "index"),
    [
        (pending.has_due, "ix_job_due (run_at<?)"),
        (pending.has_delays_to_begin_again, "ix_job_delay_began_at (delay_began_at>?)"),
    ],
)
def test_each_second_only_what_is_due_is_read_not_all_that_waits(look: Callable[[], bool], index: str) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine.engine(), "before_cursor_execute", lambda _connection, _cursor, *statement: asked.append(statement[:2])
    )
    look()
    [(statement, values)] = [one for one in asked if one[0].startswith("SELECT")]

    with engine.engine().connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()

    assert [step.detail for step in plan] == [f"SEARCH job USING INDEX {index}"]


class TestClockSetBack:
    """The clock is set back by an hour: nothing waits for an hour longer, and nothing lasted less than 0 s."""

    def test_messages_that_were_sent_in_the_future_are_looked_for(self, set_back: Callable[[], None]) -> None:
        queued = stored()
        set_back()
        assert [one.job_id for one in pending.sent(older_than=clock.now())] == [queued.job_id]

    def test_a_retry_waits_for_its_delay_from_now(self, set_back: Callable[[], None]) -> None:
        at = now()
        retrying = stored()
        claimed(retrying)
        done(retrying, outcome="failed", failure=FAILURE, retry_at=at + timedelta(seconds=15), at=at)
        set_back()

        assert pending.has_delays_to_begin_again()
        [job] = start.begin_delays_again()

        assert (job.id, job.state, job.run_at) == (
            retrying.job_id,
            State.RETRYING,
            clock.now() + timedelta(seconds=15),
        )
        assert not pending.has_delays_to_begin_again()

    def test_a_retry_of_what_began_before_the_clock_was_ahead_waits_for_its_delay_from_now(self) -> None:
        retrying, ahead = stored(), now() + timedelta(hours=1)
        claimed(retrying)
        done(retrying, outcome="failed", failure=FAILURE, retry_at=ahead + timedelta(seconds=15), at=ahead)

        [job] = start.begin_delays_again()

        assert job.run_at is not None
        assert job.run_at <= now() + timedelta(seconds=15)

    def test_a_delayed_start_waits_from_now_and_a_chosen_time_stays(self, set_back: Callable[[], None]) -> None:
        chosen = inserted(run_at=now() + timedelta(seconds=10)).job
        delayed = inserted(delay=timedelta(seconds=10)).job
        assert delayed.run_at is not None
        set_back()

        [job] = start.begin_delays_again()

        assert (job.id, job.run_at) == (delayed.id, clock.now() + timedelta(seconds=10))
        assert job.version > delayed.version
        assert job_queries.get_job(chosen.id).run_at == chosen.run_at

    def test_an_attempt_lasts_no_less_than_no_time(self, set_back: Callable[[], None]) -> None:
        finished, handed_back, lost = stored(), stored(), stored(max_crashes=1)
        for message in (finished, handed_back, lost):
            claimed(message)
        set_back()

        done(finished, at=clock.now())
        rescue.hand_back(handed_back.job_id, handed_back.token, worker_id="w1", reason="its worker stopped")
        rescue.rescue("w1")

        for message in (finished, handed_back, lost):
            assert job_queries.get_job(message.job_id).run_seconds == 0


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What sets the clock back by an hour."""

    def set_it_back() -> None:
        hour_ago = now() - timedelta(hours=1)
        for module in (*(f"lifecycle.{one}" for one in ("batch", "claim", "start", "pending", "rescue")), "clock"):
            monkeypatch.setattr(f"app.db.{module}.now", lambda: hour_ago)

    return set_it_back


def test_old_progress_and_lines_of_a_deleted_job_are_left_out() -> None:
    message = stored()
    claimed(message)
    at = now()
    progress = {"done": 1, "total": 2, "message": "m", "rate_per_second": None, "at": at}
    line = NewLogLine(job_id=message.job_id, seq=1, attempt=1, at=at, level=20, text="kept")
    stray = NewLogLine(job_id=999, seq=1, attempt=1, at=at, level=20, text="stray")
    reported.record([ProgressWrite(job_id=message.job_id, token=message.token, **progress)], [line, stray])  # type: ignore[arg-type]
    reported.record([ProgressWrite(job_id=message.job_id, token=99, **{**progress, "done": 9})], [line])  # type: ignore[arg-type]
    assert job_queries.get_job(message.job_id).progress.done == 1
    assert [one.text for one in details.list_log(message.job_id)] == ["kept"]


def test_totals_are_kept_with_every_move() -> None:
    first, second = stored(), stored()
    claimed(first)
    done(first)
    requests.cancel(second.job_id, by=ME)
    totals = {str(state): total for state, total in counts.state_totals().items() if total}
    assert totals == {"succeeded": 1, "cancelled": 1}
    requests.retry(second.job_id, retries=0, by=ME)
    requests.delete(first.job_id)
    assert {str(state): total for state, total in counts.state_totals().items() if total} == {"queued": 1}


def test_what_does_not_fit_the_state_is_refused_in_words() -> None:
    message = stored()
    with pytest.raises(WrongState, match="#1 is queued; only a failed or cancelled job can be retried"):
        requests.retry(message.job_id, retries=0, by=ME)
    with pytest.raises(WrongState, match="cancel it first"):
        requests.delete(message.job_id)
    claimed(message)
    done(message)
    with pytest.raises(WrongState, match="succeeded already"):
        requests.cancel(message.job_id, by=ME)


def test_an_id_is_never_given_twice(database: str) -> None:
    first = stored()
    requests.cancel(first.job_id, by=ME)
    requests.delete(first.job_id)
    assert stored().job_id == first.job_id + 1


def test_jobs_that_are_written_together_are_kept_as_single_ones_are() -> None:
    at = now() + timedelta(days=365 * 300)
    odd = {"NUL \0": "\0", "half": "\ud800", "none": None, "nan": float("nan"), "deep": [{"1": [True, 0.1, 2**60]}]}
    several = [
        new_job(params=odd, tags=["\0", "\u00fc"], search_text="NUL \0, half \ud800", scheduled_for=at, schedule_id=1),
        new_job(title="'; DROP TABLE job; --", run_at=at),
        new_job(priority="high", parent_id=None),
    ]
    single = [insert_jobs([replace(new, schedule_id=None)])[0].job for new in several]

    both = insert_jobs(several)

    own = {"id", "links", "created_at", "schedule_id", "version"}
    for alone, job in zip(single, both, strict=True):
        assert job_queries.get_job(job.job.id).model_dump(exclude=own) == job_queries.get_job(alone.id).model_dump(
            exclude=own
        )
    worker = Worker(id="w", name="w")
    messages = [one.message for one in both if one.message is not None]
    claims = batch.record([], messages, worker=worker).claims
    failure = Failure(type="E", message="half \ud800, NUL \0", signature="E")
    ends = [
        Finish(job_id=claims[0].job_id, token=claims[0].token, outcome="succeeded", at=at, result=["\0", float("inf")]),
        Finish(
            job_id=claims[1].job_id, token=claims[1].token, outcome="failed", at=at, failure=failure, traceback="\0"
        ),
    ]
    batch.record(ends, [], worker=worker)
    first, second = (job_queries.get_job(claim.job_id) for claim in claims)
    assert (first.result, first.finished_at, first.error) == (["\0", None], at, None)
    assert second.error is not None
    assert (second.result, second.error.message) == (None, "half ?, NUL \u2400")
    assert [one.traceback for one in details.list_attempts(second.id)] == ["\u2400"]


@pytest.fixture
def after_statement() -> Iterator[Callable[[str, Callable[[], object]], None]]:
    """Give what does something once, right after the first statement that has these words."""
    waiting: dict[str, Callable[[], object]] = {}

    def executed(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        for words in [words for words in waiting if words in statement]:
            waiting.pop(words)()

    event.listen(engine.writer(), "after_cursor_execute", executed)
    yield waiting.__setitem__
    event.remove(engine.writer(), "after_cursor_execute", executed)


AfterStatement = Callable[[str, Callable[[], object]], None]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_job_of_the_same_key_that_ends_while_another_is_started_does_not_keep_it(
    after_statement: AfterStatement,
) -> None:
    first = inserted(unique_key="k").job.id
    after_statement("INSERT INTO job", lambda: requests.cancel(first, by=ME))
    second = inserted(unique_key="k")
    assert second.is_new
    assert job_queries.get_job(first).state is State.CANCELLED


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_job_whose_key_is_taken_while_it_is_retried_is_not(after_statement: AfterStatement) -> None:
    first = inserted(unique_key="k").job.id
    requests.cancel(first, by=ME)
    others: list[int] = []
    after_statement("job.unique_key = ", lambda: others.append(inserted(unique_key="k").job.id))
    with pytest.raises(WrongState) as caught:
        requests.retry(first, retries=0, by=ME)
    assert f"Job #{others[0]} has the same unique key" in caught.value.message
    assert job_queries.get_job(first).state is State.CANCELLED


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
