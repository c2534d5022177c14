"""The rows of a told history, as the database keeps them: jobs, attempts, transitions, log lines and kept totals."""

import json
from collections import Counter
from collections.abc import Iterator

from app.db.failures.tally import KEPT_HOURS
from bench.million.story import MICROS, Told

Row = tuple[object, ...]
COLUMNS: dict[str, tuple[str, ...]] = {
    "job": tuple(
        "id kind title state queue params tags search_text token version attempt max_attempts crashes created_at "
        "created_by run_at queued_at sent_at started_at finished_at run_seconds worker worker_id result error_type "
        "error_message error_signature".split()
    ),
    "attempt": tuple(
        "job_id number outcome worker worker_id started_at finished_at error_type error_message error_signature".split()
    ),
    "transition": tuple("id job_id from_state to_state at reason by by_kind via attempt worker".split()),
    "log_line": tuple("job_id seq attempt at level text".split()),
    "state_count": ("kind", "state", "total"),
    "minute_count": ("minute", "kind", "state", "total"),
    "failure": ("job_id", "signature", "failed_at"),
    "failure_group": tuple(
        "signature error_type message count open_count first_at last_at last_job_id kinds versions hours".split()
    ),
}
"""Table → the columns that are written, in this order. The others keep their defaults."""
LONG_LOG = 100_000
"""So many lines has the log of the newest job that ran."""
_LOGGED_EVERY = 20
_INFO = 20
_MICROS_A_MINUTE = 60 * MICROS
_MICROS_AN_HOUR = 3600 * MICROS


class Rows:
    """Makes the rows of one history, and counts what is kept beside them."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._transition = 0
        self._states: Counter[tuple[str, str]] = Counter()
        self._minutes: Counter[tuple[int, str, str]] = Counter()
        self._failed: dict[str, list[Told]] = {}

    def of_job(self, told: Told) -> tuple[Row, list[Row], list[Row]]:
        """Return a job's row, those of its attempts and those of its transitions."""
        plot, tries = told.plot, told.tries
        last = tries[-1] if tries else None
        retries = max(0, len(tries) - 1)
        queued = tries[-2].ended + retries * 5 * MICROS if retries else told.created
        run_at = queued if retries else None
        error = last.error if last and last.error else (None, None, None)
        self._states[plot.kind, told.state] += 1
        self._minutes[told.ended // _MICROS_A_MINUTE, plot.kind, told.state] += 1
        if (cause := _cause_of(told)) is not None:
            self._failed.setdefault(cause[2], []).append(told)
        attempts = [
            (
                told.number,
                number,
                one.outcome,
                told.worker,
                told.worker,
                one.began,
                one.ended,
                *(one.error or (None, None, None)),
            )
            for number, one in enumerate(tries, start=1)
        ]
        transitions = list(self._transitions(told))
        job = (
            told.number,
            plot.kind,
            plot.title,
            told.state,
            plot.queue,
            told.params,
            told.tags,
            told.search_text,
            1 + len(tries) + retries if tries else 2,
            len(transitions),
            len(tries),
            plot.retries + 1,
            0,
            told.created,
            told.by,
            run_at,
            queued,
            queued,
            last.began if last else None,
            told.ended,
            (last.ended - last.began) / MICROS if last else None,
            told.worker if last else None,
            told.worker if last else None,
            told.result,
            *error,
        )
        return job, attempts, transitions

    def totals(self) -> tuple[list[Row], list[Row]]:
        """Return the kept totals of states and of minutes."""
        states = [(*key, total) for key, total in self._states.items()]
        return list(states), [(*key, total) for key, total in self._minutes.items()]

    def failures(self) -> tuple[list[Row], list[Row]]:
        """Return the rows of failed jobs, and those of the groups that they make."""
        one_by_one = [
            (told.number, signature, told.ended) for signature, failed in self._failed.items() for told in failed
        ]
        return list(one_by_one), [_group_of(signature, failed) for signature, failed in self._failed.items()]

    def _transitions(self, told: Told) -> Iterator[Row]:
        yield self._step(told, None, "queued", told.created, "started", told.by, 0, None)
        if not told.tries:
            yield self._step(told, "queued", "cancelled", told.ended, "cancelled", told.by, 0, None)
        for number, one in enumerate(told.tries, start=1):
            yield self._step(
                told, "queued", "running", one.began, f"attempt {number} began", "system", number, told.worker
            )
            if number < len(told.tries):
                reason = f"attempt {number} failed; another follows"
                yield self._step(told, "running", "retrying", one.ended, reason, "system", number, told.worker)
                due = one.ended + number * 5 * MICROS
                yield self._step(told, "retrying", "queued", due, "due", "system", number, None)
            else:
                reason = "done" if told.state == "succeeded" else f"attempt {number} failed"
                yield self._step(told, "running", told.state, one.ended, reason, "system", number, told.worker)

    def _step(
        self,
        told: Told,
        source: str | None,
        target: str,
        at: int,
        reason: str,
        by: str,
        attempt: int,
        worker: str | None,
    ) -> Row:
        self._transition += 1
        kind, via = ("system", "") if by == "system" else ("person", "page")
        return (self._transition, told.number, source, target, at, reason, by, kind, via, attempt, worker)


def _cause_of(told: Told) -> tuple[str, str, str] | None:
    """Return type, message and signature of the failure that a job ended with."""
    return told.tries[-1].error if told.state == "failed" and told.tries else None


def _group_of(signature: str, failed: list[Told]) -> Row:
    last = max(failed, key=lambda told: told.ended)
    cause = _cause_of(last)
    assert cause is not None
    hours = Counter(str(told.ended // _MICROS_AN_HOUR) for told in failed)
    newest = dict(sorted(hours.items(), key=lambda hour: int(hour[0]))[-KEPT_HOURS:])
    ends = [told.ended for told in failed]
    kinds = Counter(told.plot.kind for told in failed)
    texts = (json.dumps(kinds), "{}", json.dumps(newest))
    count = len(failed)
    return (signature, cause[0], cause[1], count, count, min(ends), max(ends), last.number, *texts)


def log_of(told: Told, *, lines: int = 4) -> Iterator[Row]:
    """Return so many log lines of a job that ran."""
    last = told.tries[-1]
    for seq in range(1, lines + 1):
        at = last.began + (last.ended - last.began) * seq // (lines + 1)
        yield (told.number, seq, len(told.tries), at, _INFO, f"row {seq * 37} of {told.plot.title}: read and kept")


def has_log(told: Told) -> bool:
    """Say whether a job wrote a short log: every twentieth did."""
    return bool(told.tries) and told.number % _LOGGED_EVERY == 0
