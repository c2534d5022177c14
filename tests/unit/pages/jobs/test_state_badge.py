"""How states are said."""

from app.db import State
from app.pages.jobs.state_badge import say_states


def test_a_count_of_states_is_said_in_their_order() -> None:
    assert say_states({State.FAILED: 1, State.SUCCEEDED: 1_200, State.QUEUED: 0}) == "1,200 succeeded, 1 failed"
