"""Queues: what waits in each, who listens, and a pause that lets nothing through."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app.db import State, processes
from app.db.clock import now
from app.db.lifecycle import pending
from app.db.lifecycle.start import due
from app.db.models.installation import ProcessRow
from app.db.queries import jobs as job_queries
from app.errors import InvalidInput, NotFound
from app.queue import JobContext, cancel, job, start
from app.queue.acts.queues import get_queue, list_queues, pause, resume
from app.queue.acts.starting import StartOptions
from app.queue.events.types import JobEvent, QueueChanged
from app.queue.kinds.kind import Kind
from app.queue.transport import sender
from tests.actors import ME, person
from tests.patience import patient
from tests.store import claimed, stored
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture
def send_mail(room: object) -> Kind[[], None]:
    """A kind with a queue of its own."""

    @job(queue="mail")
    def send_mail(ctx: JobContext) -> None:
        """Do nothing."""

    sender.connect(None)
    return send_mail


def listening(queues: list[str], *, name: str = "w1", beat_at: datetime | None = None) -> None:
    """Register a worker of four threads."""
    row = ProcessRow(
        id=name,
        role="worker",
        name=name,
        machine="here",
        pid=1,
        pid_started_at=0.0,
        threads=4,
        queues=queues,
        started_at=now(),
        beat_at=beat_at or now(),
        running=[],
    )
    processes.register(row)


def test_a_queue_says_what_waits_and_runs_and_who_listens(send_mail: Kind[[], None]) -> None:
    listening(["default", "mail"])
    listening(["mail"], name="w2")
    listening(["mail"], name="w3", beat_at=now() - timedelta(minutes=1))
    message = stored(queue="mail")
    send_mail.start()
    send_mail.start()
    assert claimed(message)

    found = get_queue("mail")

    assert (found.waiting, found.running, found.workers, found.threads) == (2, 1, 2, 8)
    assert found.oldest_wait_seconds is not None
    assert 0 <= found.oldest_wait_seconds < 60
    assert (found.is_paused, found.remark) == (False, None)
    assert get_queue("default").waiting == 0


def test_queues_are_listed_that_only_a_job_or_a_pause_names(send_mail: Kind[[], None]) -> None:
    stored(queue="forgotten")
    assert [queue.name for queue in list_queues()] == ["default", "forgotten", "mail"]


def test_a_queue_that_nobody_listens_to_says_so(send_mail: Kind[[], None]) -> None:
    listening(["default"])
    assert get_queue("mail").remark == "No worker listens to mail; its jobs wait until one does."
    assert get_queue("default").remark is None


def test_a_count_that_stops_says_so(send_mail: Kind[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.db.queues.COUNT_LIMIT", 2)
    for _ in range(3):
        send_mail.start()
    found = get_queue("mail")
    assert (found.waiting, found.waiting_is_exact) == (2, False)


def test_a_paused_queue_says_by_whom_why_and_until_when(send_mail: Kind[[], None], told: list[JobEvent]) -> None:
    until_then = now() + timedelta(hours=1)

    found = pause("mail", until=until_then, reason="  the server\n moves ", by=person("ops"))

    assert (found.is_paused, found.paused_by, found.paused_reason, found.paused_until) == (
        True,
        "ops",
        "the server moves",
        until_then,
    )
    assert found == get_queue("mail")
    assert told == [QueueChanged(queue="mail")]


def test_a_pause_of_a_paused_queue_takes_its_place(send_mail: Kind[[], None]) -> None:
    pause("mail", until=now() + timedelta(hours=1), reason="first", by=ME)
    found = pause("mail", reason="second", by=person("ops"))
    assert (found.paused_reason, found.paused_until, found.paused_by) == ("second", None, "ops")


def test_a_queue_that_was_there_only_for_its_jobs_is_resumed(send_mail: Kind[[], None]) -> None:
    message = stored(queue="forgotten")
    pause("forgotten", by=ME)
    cancel(message.job_id, by=ME)
    assert not resume("forgotten", by=ME).is_paused
    assert [queue.name for queue in list_queues()] == ["default", "mail"]


def test_a_queue_that_is_not_there_cannot_be_paused_or_resumed() -> None:
    for act in (pause, resume):
        with pytest.raises(NotFound, match="no queue named 'gone'"):
            act("gone", by=ME)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"until": now() - timedelta(seconds=1)}, "until"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "\x07"}, "reason"),
    ],
)
def test_a_pause_that_cannot_be_is_refused(send_mail: Kind[[], None], values: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        pause("mail", **values, by=ME)  # type: ignore[arg-type]
    assert [one.field for one in refused.value.fields] == [field]
    assert not get_queue("mail").is_paused


def test_jobs_of_a_paused_queue_wait_and_run_after_the_resume(run_worker: Callable[..., object]) -> None:
    ran: list[int] = []

    @job(queue="mail")
    def note(ctx: JobContext) -> None:
        """Note that it ran."""
        ran.append(ctx.job_id)

    @job
    def other(ctx: JobContext) -> None:
        """Do nothing."""

    run_worker()
    pause("mail", reason="test", by=ME)
    waiting = [note.start().id for _ in range(5)]
    others = [other.start().id for _ in range(5)]
    until(lambda: all(job_queries.get_job(job_id).state is State.SUCCEEDED for job_id in others))
    assert ran == []
    assert {job_queries.get_job(job_id).state for job_id in waiting} == {State.QUEUED}

    resume("mail", by=ME)

    until(lambda: sorted(ran) == waiting)


def test_what_runs_goes_on_when_its_queue_is_paused(run_worker: Callable[..., object]) -> None:
    began, goes_on = threading.Event(), threading.Event()

    @job(queue="mail")
    def hold(ctx: JobContext) -> None:
        """Run until the test says so."""
        began.set()
        assert goes_on.wait(patient(10))

    run_worker()
    started = hold.start()
    assert began.wait(patient(10))
    pause("mail", by=ME)
    goes_on.set()
    until(lambda: job_queries.get_job(started.id).state is State.SUCCEEDED)


def test_a_resume_sends_at_once_what_was_held_before_what_came_later(send_mail: Kind[[], None]) -> None:
    pause("mail", by=ME)
    first = stored(queue="mail")
    assert not claimed(first)
    later = send_mail.start()

    resume("mail", by=ME)

    taken = sender.message_lists().take(9, queues=["mail"])
    assert [message.job_id for message in taken] == [first.job_id, later.id]
    assert all(claimed(message) for message in taken)


def test_a_job_that_was_held_is_not_taken_for_sent_when_its_sender_notes_it_late(send_mail: Kind[[], None]) -> None:
    pause("mail", by=ME)
    message = stored(queue="mail")
    assert not claimed(message)

    due.mark_sent([message])
    resume("mail", by=ME)

    assert [one.job_id for one in sender.message_lists().take(9, queues=["mail"])] == [message.job_id]


def test_a_pause_ends_by_itself(send_mail: Kind[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    pause("mail", until=now() + timedelta(minutes=5), by=ME)
    message = stored(queue="mail")
    assert not claimed(message)
    then = now() + timedelta(minutes=6)
    for module in ("lifecycle.batch", "lifecycle.pending", "queues"):
        monkeypatch.setattr(f"app.db.{module}.now", lambda: then)

    assert not get_queue("mail").is_paused
    [again] = pending.unsent(older_than=then)
    assert claimed(again)


def test_a_job_started_in_another_queue_than_its_kinds_is_held_by_that_queues_pause(send_mail: Kind[[], None]) -> None:
    pause("default", by=ME)
    started = start("send_mail", {}, order=StartOptions(queue="default"), by=ME)
    [message] = sender.message_lists().take(9, queues=["default"])
    assert message.job_id == started.id
    assert not claimed(message)
