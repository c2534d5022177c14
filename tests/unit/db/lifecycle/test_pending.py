"""What has to be looked after: what is due, and what a clock that was set back would hold up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.db import State, clock
from app.db.clock import now
from app.db.lifecycle import pending, rescue
from app.db.lifecycle.start import due
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Failure
from app.db.sql import engine
from tests.patience import patient
from tests.store import claimed, done, inserted, stored
from tests.waiting import until

FAILURE = Failure(type="E", message="m", signature="s")
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_what_is_due_is_queued_once() -> None:
    later = inserted(run_at=now() + timedelta(seconds=patient(0.5)))
    job = later.job
    assert (job.state, later.message) == (State.SCHEDULED, None)
    until(pending.has_due)
    assert [one.id for one, _ in due.queue_due()] == [job.id]
    assert due.queue_due() == []


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


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_where_no_message_may_be_lost_no_job_is_read() -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine.engine(), "before_cursor_execute", lambda _connection, _cursor, *statement: asked.append(statement[:2])
    )
    assert pending.sent(older_than=now()) == []
    [(statement, values)] = [one for one in asked if one[0].startswith("SELECT")]

    with engine.engine().connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()

    reads = [step.detail for step in plan if " job " in f"{step.detail} "]
    assert [one.split(" INDEX ")[1] for one in reads] == ["ix_job_queued (sent_at<?)", "ix_job_queued (sent_at>?)"]


def test_a_look_says_what_there_is_to_be_looked_after() -> None:
    soon = now() + timedelta(seconds=patient(60))
    assert pending.look(older_than=soon) == pending.Work(False, False, False, False, False)
    inserted(run_at=now() + timedelta(seconds=patient(0.5)))
    running, unsent = stored(), stored()
    claimed(running)
    due.mark_sent([unsent], is_sent=False)
    until(pending.has_due)
    assert pending.look(older_than=soon) == pending.Work(
        has_delays_to_begin_again=False, has_due=True, has_lost_continuations=False, has_unsent=True, has_running=True
    )
    assert not pending.look(older_than=now() - timedelta(minutes=1)).has_unsent


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_look_reads_no_job_that_needs_nothing() -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine.engine(), "before_cursor_execute", lambda _connection, _cursor, *statement: asked.append(statement[:2])
    )
    pending.look(older_than=now())
    [(statement, values)] = asked

    with engine.engine().connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()

    reads = [step.detail for step in plan if " job " in f"{step.detail} "]
    assert len(reads) >= 4
    assert [one for one in reads if not one.startswith("SEARCH")] == []


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
        assert pending.look(older_than=clock.now()).has_delays_to_begin_again
        [job] = due.begin_delays_again()

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

        [job] = due.begin_delays_again()

        assert job.run_at is not None
        assert job.run_at <= now() + timedelta(seconds=15)

    def test_a_delayed_start_waits_from_now_and_a_chosen_time_stays(self, set_back: Callable[[], None]) -> None:
        chosen = inserted(run_at=now() + timedelta(seconds=10)).job
        delayed = inserted(delay=timedelta(seconds=10)).job
        assert delayed.run_at is not None
        set_back()

        [job] = due.begin_delays_again()

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
        for module in (
            *(f"lifecycle.{one}" for one in ("batch", "claim", "start.inserting", "start.due", "pending", "rescue")),
            "clock",
        ):
            monkeypatch.setattr(f"app.db.{module}.now", lambda: hour_ago)

    return set_it_back
