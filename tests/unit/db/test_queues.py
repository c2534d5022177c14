"""Queues as the rows show them: which pause holds at an instant, and what waits and runs in each."""

from datetime import timedelta

import pytest

from app.db import queues
from app.db.clock import now
from app.db.sql.sessions import reading
from tests.actors import person
from tests.store import claimed, done, inserted, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]
OPS = person("ops")


def test_a_pause_holds_until_its_time_has_come() -> None:
    until = now() + timedelta(hours=1)
    queues.pause("mail", until=until, reason="Provider is down", by=OPS)
    queues.pause("bulk-mail", until=None, reason="", by=OPS)
    queues.pause("import", until=now() - timedelta(seconds=1), reason="Over", by=OPS)

    with reading() as connection:
        now_held = queues.paused_at(connection, now())
        later_held = queues.paused_at(connection, until)

    assert (set(now_held), set(later_held)) == ({"mail", "bulk-mail"}, {"bulk-mail"})
    assert set(queues.pauses()) == {"mail", "bulk-mail"}
    assert (queues.pauses()["mail"].paused_by, queues.pauses()["mail"].until) == ("ops", until)


def test_a_second_pause_takes_the_place_of_the_first_and_a_resume_takes_it_away() -> None:
    queues.pause("mail", until=None, reason="first", by=person("somebody"))
    queues.pause("mail", until=None, reason="second", by=OPS)
    [pause] = queues.pauses().values()

    queues.resume("mail", by=OPS)
    queues.resume("mail", by=OPS)

    assert (pause.reason, pause.paused_by) == ("second", "ops")
    assert queues.pauses() == {}


def test_what_waits_and_runs_is_counted_by_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "COUNT_LIMIT", 2)
    for _ in range(3):
        stored(queue="mail")
    stored(queue="über")
    inserted(queue="later", run_at=now() + timedelta(hours=1))
    assert claimed(stored(queue="import"))

    waiting = queues.waiting()

    assert set(waiting) == {"mail", "über"}
    assert (waiting["mail"].count, waiting["mail"].is_exact) == (2, False)
    assert (waiting["über"].count, waiting["über"].is_exact) == (1, True)
    assert waiting["mail"].oldest_at <= waiting["über"].oldest_at
    assert queues.running() == {"import": 1}


def test_the_pace_of_a_queue_is_counted_over_the_ends_of_the_last_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    at = now()
    monkeypatch.setattr(queues, "now", lambda: at)
    for queue, minutes_ago in (("mail", 1), ("mail", 2), ("import", 4), ("import", 6)):
        message = stored(queue=queue)
        assert claimed(message)
        assert done(message, at=at - timedelta(minutes=minutes_ago)) is not None

    pace = queues.ends_per_minute()

    assert {queue: round(rate, 2) for queue, rate in pace.items()} == {"mail": 0.4, "import": 0.2}


def test_the_pace_of_a_busy_queue_is_that_of_its_newest_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "RATE_ENDS", 3)
    at = now()
    monkeypatch.setattr(queues, "now", lambda: at)
    for seconds_ago in (6, 5, 4, 2, 1):
        message = stored(queue="mail")
        assert claimed(message)
        assert done(message, at=at - timedelta(seconds=seconds_ago)) is not None

    assert queues.ends_per_minute() == {"mail": 45.0}
