"""How long a child that crashed is waited for. The supervisor over real processes: tests/e2e/test_supervisor.py."""

import pytest

from app.processes.supervision.supervisor import pause_before_start


@pytest.mark.parametrize(
    ("usual_seconds", "lived_seconds", "pause_seconds"),
    [
        (0.5, 3600.0, 0.0),  # killed while it ran well: people wait for it
        (0.5, 10.0, 0.0),
        (0.5, 2.0, 0.5),  # its start may be what is wrong
        (1.0, 3600.0, 1.0),  # not for the first time
        (5.0, 2.0, 5.0),
    ],
)
def test_a_child_that_had_settled_starts_again_at_once(
    usual_seconds: float, lived_seconds: float, pause_seconds: float
) -> None:
    assert pause_before_start(usual_seconds, lived_seconds=lived_seconds) == pause_seconds
