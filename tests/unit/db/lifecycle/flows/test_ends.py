"""How a job ended, for those that wait for it: whether as it has to, and whether enough have."""

import pytest

from app.db.lifecycle.flows.ends import End, fits, is_decided
from app.db.snapshots.parts import When
from app.db.states import State


def ended(state: State | None) -> End:
    return End(job_id=7, title="Import", state=state)


@pytest.mark.parametrize(
    ("state", "fitting"),
    [
        (State.SUCCEEDED, {"succeeded", "finished"}),
        (State.FAILED, {"failed", "finished"}),
        (State.CANCELLED, {"finished"}),
        (None, {"finished"}),
    ],
)
def test_an_end_fits_who_waits_for_it(state: State | None, fitting: set[When]) -> None:
    every: tuple[When, ...] = ("succeeded", "failed", "finished")
    assert {when for when in every if fits(ended(state), when)} == fitting


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.SUCCEEDED, "#7 Import succeeded"),
        (State.FAILED, "#7 Import failed"),
        (State.CANCELLED, "#7 Import was cancelled"),
        (None, "#7 is gone"),
    ],
)
def test_an_end_is_said_in_words(state: State | None, words: str) -> None:
    assert ended(state).words == words


@pytest.mark.parametrize(
    ("unfinished", "succeeded", "least", "decided"),
    [
        (0, 0, None, True),
        (1, 5, None, False),
        (3, 2, 2, True),  # enough have succeeded
        (3, 1, 2, False),
        (1, 1, 3, True),  # enough cannot succeed any more
        (2, 1, 3, False),
    ],
)
def test_who_waits_goes_on_once_nothing_can_change_it(
    unfinished: int, succeeded: int, least: int | None, decided: bool
) -> None:
    assert is_decided(unfinished, succeeded, least=least) is decided
