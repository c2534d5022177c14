"""The thread in which a worker writes: outcomes and claims, all that came since the last COMMIT in one transaction.

A job's thread leaves its outcome here and takes the next job. The run stays among the worker's runs, and so in its
heartbeat, until its outcome is durable. The consumer, which takes messages (`consumer.py`), waits here for the claims
of their jobs.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.db.lifecycle import batch as attempts
from app.db.lifecycle import rescue
from app.db.lifecycle.claim import Claim, Worker
from app.db.lifecycle.finish import Finish
from app.db.lifecycle.flows import aside
from app.db.lifecycle.start import Message
from app.db.snapshots.change import Change
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.parts import Failure
from app.errors import Unavailable
from app.queue.context.run import Run
from app.queue.kinds.registry import registry
from app.queue.transport.sender import send
from app.repeated_warning import RepeatedWarning

DATABASE_WAIT_SECONDS = 0.5
COLLECT_SECONDS = 0.006
"""Between the ends of two transactions: what comes meanwhile is written together. What comes alone does not wait.
Without it, jobs that are started one by one are claimed one by one, and each COMMIT holds up the next start.
"""
EACH_SECONDS = 0.003
"""After many were written together more are expected: for each of them so much longer is waited."""
MOST_COLLECT_SECONDS = 0.03
MANY = 48
"""So many are written without waiting for more. So is the end of a job for which others wait, where ends come singly:
the steps of a chain would each wait for what does not come.
"""
MOST_LINES = 3
"""So many outcomes that are written together are logged each in a line of its own."""
STOP_SECONDS = 3.0
"""How long outcomes that are still unwritten when the worker stops may take; after it they are rescued."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Asked:
    """Messages whose jobs somebody waits to have claimed."""

    messages: Sequence[Message]
    claims: list[Claim] = field(default_factory=list)
    is_answered: bool = False


@dataclass(slots=True)
class _Batch:
    """What one transaction writes."""

    ended: list[tuple[Run, Finish]] = field(default_factory=list)
    handed_back: list[Run] = field(default_factory=list)
    dead: list[tuple[Run, str]] = field(default_factory=list)
    """Killed the process in which they ran alone; how, as a part of a sentence."""
    asked: list[_Asked] = field(default_factory=list)
    has_moved_on: bool = False
    """Whether it queued jobs that waited for its ends: they are taken next."""

    def __len__(self) -> int:
        return len(self.ended) + len(self.handed_back) + len(self.dead) + sum(len(one.messages) for one in self.asked)


class AttemptWriter:
    """Writes outcomes and claims. One a worker process."""

    def __init__(
        self,
        *,
        flush: Callable[[Sequence[Run]], None],
        tell: Callable[[Sequence[Change | JobSnapshot]], None],
        written: Callable[[Run], None],
        lend: Callable[[], int] = lambda: 0,
        taken: Callable[[Sequence[Claim], int], None] = lambda _claims, _lent: None,
    ) -> None:
        """Start no thread yet.

        Args:
            flush: writes the last of what these runs reported; it goes before their outcomes.
            tell: tells the screens of changed jobs; must not wait.
            written: told of each run whose outcome is durable, or not this worker's to write any more.
            lend: occupies threads for jobs that waited for those that end; returns how many.
            taken: begins these jobs, and gives the threads back.
        """
        self._worker = Worker(id="", name="")
        self._flush = flush
        self._tell = tell
        self._written = written
        self._lend = lend
        self._taken = taken
        self._changed = threading.Condition()
        self._answered = threading.Condition()
        self._batch = _Batch()
        self._is_collecting = False
        self._last_size = 0
        self._is_stopping = False
        self._has_ended = False
        self._thread = threading.Thread(target=self._work, name="attempt writer", daemon=True)

    def start(self, worker: Worker) -> None:
        """Begin to write, as this worker."""
        self._worker = worker
        self._thread.start()

    def refuse_claims(self) -> None:
        """Answer those who wait for claims with none from now on: the worker stops."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()

    def stop(self) -> None:
        """Write what is left and end the thread."""
        self.refuse_claims()
        self._has_ended = True
        with self._changed:
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_SECONDS)

    def finish(self, run: Run, end: Finish) -> None:
        """Take in how a run ended. Never waits."""
        with self._changed:
            self._batch.ended.append((run, end))
            self._wake()

    def hand_back(self, run: Run) -> None:
        """Take in that a job goes back to its queue, or is put aside. Never waits."""
        with self._changed:
            self._batch.handed_back.append(run)
            self._wake()

    def crash(self, run: Run, how: str) -> None:
        """Take in that a job killed the process in which it ran alone; `how`: as a part of a sentence. Never waits."""
        with self._changed:
            self._batch.dead.append((run, how))
            self._changed.notify()

    def claim(self, messages: Sequence[Message]) -> list[Claim]:
        """Claim the jobs of these messages, waiting while the database is away. None is claimed when the worker stops.

        Their messages are then to be put back.
        """
        asked = _Asked(messages)
        with self._changed:
            if self._is_stopping:
                return []
            self._batch.asked.append(asked)
            self._wake()
        with self._answered:
            self._answered.wait_for(lambda: asked.is_answered)
            return asked.claims

    def _wake(self) -> None:
        if not self._is_collecting or self._is_due():
            self._changed.notify()

    def _is_due(self) -> bool:
        """Say whether what is there is written without waiting for more."""
        is_awaited = self._last_size <= 1 and any(run.has_followers for run, _ in self._batch.ended)
        return is_awaited or len(self._batch) >= MANY

    def _work(self) -> None:
        written = pause = 0.0
        while True:
            with self._changed:
                self._is_collecting = False
                self._changed.wait_for(lambda: self._batch or self._has_ended)
                self._is_collecting = True
                if not self._batch:
                    return
                collected = written + pause
                self._changed.wait_for(self._is_due, max(0.0, collected - time.monotonic()))
                batch, self._batch = self._batch, _Batch()
                self._last_size = len(batch)
            self._write_surely(batch)
            written = time.monotonic()
            is_next_awaited = batch.has_moved_on and self._last_size == 1
            pause = 0.0 if is_next_awaited else _collect_seconds(self._last_size)

    def _write_surely(self, batch: _Batch) -> None:
        waits = RepeatedWarning(_log)
        while batch:
            if self._is_stopping:
                self._answer(batch.asked, [])
                batch.asked = []
            try:
                self._write(batch)
                return
            except Unavailable as error:
                waits.say(f"{len(batch.ended) + len(batch.asked)} outcomes and claims wait: {error.message}")
                time.sleep(DATABASE_WAIT_SECONDS)
            except Exception:
                _log.exception("The outcomes of %d jobs could not be written together.", len(batch.ended))
                batch = self._write_singly(batch)

    def _write_singly(self, batch: _Batch) -> _Batch:
        """Write each outcome by itself, so that one that no database takes keeps no other back. Returns what waits."""
        waiting = _Batch(handed_back=batch.handed_back, dead=batch.dead)
        self._answer(batch.asked, [])  # their messages are sent again
        for run, end in batch.ended:
            try:
                self._write(_Batch(ended=[(run, end)]))
            except Unavailable:
                waiting.ended.append((run, end))
            except Exception as error:
                if end.failure is not None and end.failure.type == "OutcomeLost":
                    _log.exception("The outcome of job #%d is lost; it will be rescued.", run.job_id)
                    self._written(run)
                    continue
                message = f"Its outcome could not be kept: {type(error).__name__}."
                failure = Failure(type="OutcomeLost", message=message, signature="OutcomeLost")
                failed = Finish(job_id=run.job_id, token=run.token, outcome="failed", at=end.at, failure=failure)
                waiting.ended.append((run, failed))
        return waiting

    def _write(self, batch: _Batch) -> None:
        self._flush([*(run for run, _ in (*batch.ended, *batch.dead)), *batch.handed_back])
        told: list[tuple[Run, Change | JobSnapshot | None]] = []
        try:
            self._write_leaving(batch, told)
        finally:  # each of these is durable by itself, whatever becomes of the others
            self._settle(told)
        if batch.ended or batch.asked:
            recorded = self._record(batch)
            send(recorded.messages)
            batch.has_moved_on = bool(recorded.messages or recorded.taken)
            self._answer(batch.asked, recorded.claims)
            self._tell(recorded.followers)
            self._tell([*recorded.claims, *recorded.taken])
            self._settle([(run, change) for (run, _), change in zip(batch.ended, recorded.ended, strict=True)])

    def _record(self, batch: _Batch) -> attempts.Recorded:
        """Write ends and claims. What waited for these ends begins here, where messages for others do not wait."""
        is_awaited = any(run.has_followers for run, _ in batch.ended) and not self._is_stopping
        lent = self._lend() if is_awaited else 0
        taken: list[Claim] = []
        try:
            recorded = attempts.record(
                [end for _, end in batch.ended],
                [message for asked in batch.asked for message in asked.messages],
                worker=self._worker,
                limits=registry.limits,
                versions=registry.code_versions,
                room=lent,
                queues=registry.queues,
            )
            taken = recorded.taken
            return recorded
        finally:
            self._taken(taken, lent)

    def _write_leaving(self, batch: _Batch, told: list[tuple[Run, Change | JobSnapshot | None]]) -> None:
        """Write what is handed back, and what killed its process; what is written leaves the batch for `told`."""
        while batch.handed_back:
            told.append((batch.handed_back[-1], self._hand_back(batch.handed_back[-1])))
            batch.handed_back.pop()
        while batch.dead:
            run, how = batch.dead[-1]
            lost = rescue.crash(run.job_id, run.token, worker_id=self._worker.id, reason=how)
            told.append((run, _sent(lost)))
            batch.dead.pop()

    def _settle(self, told: Sequence[tuple[Run, Change | JobSnapshot | None]]) -> None:
        """Tell what was written, and let go of the runs."""
        if changed := [job for _, job in told if job is not None]:
            self._tell(changed)
        for run, _ in told:
            self._written(run)
        _log_outcomes(told)

    def _hand_back(self, run: Run) -> JobSnapshot | None:
        if run.awaits is not None:
            return _sent(
                aside.put_aside(
                    run.job_id, run.token, worker_id=self._worker.id, awaits=run.awaits, least=run.awaits_least
                )
            )
        back = rescue.hand_back(
            run.job_id,
            run.token,
            worker_id=self._worker.id,
            reason="its worker stopped" if run.has_begun else "its worker was busy",
            has_begun=run.has_begun,
        )
        return _sent(back)

    def _answer(self, asked: list[_Asked], claims: list[Claim]) -> None:
        if not asked:
            return
        with self._answered:
            for one in asked:
                ids = {message.job_id for message in one.messages}
                one.claims = [claim for claim in claims if claim.job_id in ids]
                one.is_answered = True
            self._answered.notify_all()


def _collect_seconds(written: int) -> float:
    """Return how long more is waited for after so many were written together."""
    return min(MOST_COLLECT_SECONDS, max(COLLECT_SECONDS, EACH_SECONDS * written))


def _sent(again: tuple[JobSnapshot, Message | None] | None) -> JobSnapshot | None:
    """Send the message of a job that was queued again, and return the job."""
    if again is None:
        return None
    job, message = again
    if message is not None:
        send([message])
    return job


def _log_outcomes(told: Sequence[tuple[Run, Change | JobSnapshot | None]]) -> None:
    """Log how jobs ended: one line each, or one for all that ended alike where they are many."""
    alike: dict[tuple[str, str], list[int]] = {}
    for run, job in told:
        if job is None:
            _log.warning("Job #%d was taken from this worker; its outcome here does not count.", run.job_id)
        else:
            alike.setdefault((run.kind_name, job.state), []).append(run.job_id)
    for (kind, state), job_ids in alike.items():
        if len(job_ids) > MOST_LINES:
            _log.info("%d jobs (%s) %s, from #%d to #%d.", len(job_ids), kind, state, min(job_ids), max(job_ids))
        else:
            for job_id in job_ids:
                _log.info("Job #%d (%s) %s.", job_id, kind, state)
