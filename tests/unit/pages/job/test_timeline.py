"""The transitions of a job, parted into its attempts."""

from datetime import UTC, datetime, timedelta

from app.actor import ActorKind
from app.db import State
from app.db.snapshots.parts import Attempt, Transition
from app.pages.job.timeline import Way, taken_words, ways_of

BEGIN = datetime(2026, 11, 29, tzinfo=UTC)


def way_of(*states: State) -> list[Transition]:
    """Make the transitions of a job that goes through these states, a second in each."""
    attempt, steps = 0, []
    for number, state in enumerate(states):
        attempt += state is State.RUNNING
        steps.append(
            Transition(
                from_state=states[number - 1] if number else None,
                to_state=state,
                at=BEGIN + timedelta(seconds=number),
                reason="",
                by="system",
                by_kind=ActorKind.SYSTEM,
                via="",
                attempt=attempt,
                worker="worker-1" if state is State.RUNNING else None,
            )
        )
    return steps


def shown(way: Way) -> tuple[int | None, list[State], State | None]:
    return way.attempt, [step.to_state for step in way.steps], way.end.to_state if way.end else None


def test_what_ends_an_attempt_begins_the_wait_for_the_next() -> None:
    steps = way_of(
        State.QUEUED,
        State.RUNNING,
        State.RETRYING,
        State.QUEUED,
        State.RUNNING,
        State.QUEUED,
        State.RUNNING,
        State.FAILED,
    )

    assert [shown(way) for way in ways_of(steps)] == [
        (1, [State.QUEUED, State.RUNNING], State.RETRYING),
        (2, [State.RETRYING, State.QUEUED, State.RUNNING], State.QUEUED),
        (3, [State.QUEUED, State.RUNNING], State.FAILED),
    ]


def test_the_pause_between_an_end_and_a_retry_by_hand_belongs_to_no_attempt() -> None:
    steps = way_of(State.QUEUED, State.RUNNING, State.FAILED, State.QUEUED, State.RUNNING, State.SUCCEEDED)

    assert [shown(way) for way in ways_of(steps)] == [
        (1, [State.QUEUED, State.RUNNING], State.FAILED),
        (2, [State.QUEUED, State.RUNNING], State.SUCCEEDED),
    ]


def test_what_was_cancelled_before_it_ran_is_no_attempt() -> None:
    steps = way_of(State.SCHEDULED, State.QUEUED, State.CANCELLED)

    assert [shown(way) for way in ways_of(steps)] == [(None, [State.SCHEDULED, State.QUEUED], State.CANCELLED)]


def test_what_is_under_way_has_no_end() -> None:
    [first, second] = ways_of(way_of(State.QUEUED, State.RUNNING, State.RETRYING))

    assert shown(first) == (1, [State.QUEUED, State.RUNNING], State.RETRYING)
    assert shown(second) == (None, [State.RETRYING], None)
    assert ways_of([]) == []


def test_what_an_attempt_took_is_said_as_far_as_it_was_measured() -> None:
    nothing = Attempt(
        number=1, state="succeeded", worker="w", started_at=BEGIN, finished_at=BEGIN, run_seconds=0.0,
        cpu_seconds=None, peak_memory_bytes=None, code_version=None, error=None, traceback=None,
    )  # fmt: skip
    time_only = nothing.model_copy(update={"cpu_seconds": 0.4})
    both = time_only.model_copy(update={"peak_memory_bytes": 84_200_000})

    said = [taken_words(one) for one in (nothing, time_only, both)]

    assert said == ["", "0.4 s of processor time", "0.4 s of processor time, 84.2 MB at most"]
