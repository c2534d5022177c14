"""A clock that a test sets, for all that schedules do."""

from collections.abc import Callable
from datetime import datetime

import pytest

_MODULES = (
    "app.db.lifecycle.start.inserting",
    "app.db.schedules.changing",
    "app.db.schedules.declaring",
    "app.db.schedules.firing",
    "app.queue.acts.schedules.ahead",
    "app.queue.acts.schedules.backfilling",
    "app.queue.acts.schedules.changing",
    "app.queue.acts.schedules.firing",
    "app.queue.acts.schedules.moving.importing",
    "app.queue.acts.schedules.reading",
)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Return what sets the clock."""

    def set_to(at: datetime) -> None:
        for module in _MODULES:
            monkeypatch.setattr(f"{module}.now", lambda: at)

    return set_to
