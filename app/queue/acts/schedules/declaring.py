"""What the files of kinds declare becomes schedules."""

from datetime import datetime

from app.db.models.schedules import ScheduleRow
from app.db.schedules import declaring
from app.db.schedules.declaring import Declaration
from app.queue.acts.schedules.rules import rule_of
from app.queue.kinds.registry import registry


def declare_all() -> None:
    """Make the schedules of all kinds that are loaded. Safe to repeat."""
    declarations = [
        Declaration(kind=kind.name, cron=expression, timezone=kind.timezone)
        for kind in registry.kinds.values()
        for expression in kind.schedule
    ]
    declaring.declare(declarations, next_after)


def next_after(row: ScheduleRow, at: datetime) -> datetime | None:
    """Return the first instant of a schedule after `at`."""
    return rule_of(row).next_after(at)
