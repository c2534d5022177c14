"""The rules: each says for how many days finished jobs of a kind, or in a state, or both, are kept.

Of the rules that fit a job the closest counts: kind and state, then kind, then state, then the setting.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlmodel import col, select

from app.actor import Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.models.installation import RetentionRow
from app.db.snapshots.snapshot import ChangedMeanwhile, Snapshot
from app.db.sql.sessions import lookup, session


class Rule(Snapshot):
    """For how long some jobs are kept."""

    kind: str
    """Empty: all kinds."""
    state: str
    """Empty: all finished states."""
    days: int
    """0: for ever."""
    changed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long every finished job is kept: the setting, and the rules that go before it."""

    days: int
    rules: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, days: int, rules: Iterable[Rule]) -> Self:
        """Make it of the setting (`0`: for ever) and rules."""
        return cls(days=days, rules={(rule.kind, rule.state): rule.days for rule in rules})

    def rule_of(self, kind: str, state: str) -> tuple[str, str]:
        """Return kind and state of the rule that counts for such jobs; both are empty where it is the setting."""
        return next((one for one in ((kind, state), (kind, ""), ("", state)) if one in self.rules), ("", ""))

    def days_of(self, kind: str, state: str) -> int:
        """Return for how many days jobs of a kind are kept that ended so; 0: for ever."""
        return self.rules.get(self.rule_of(kind, state), self.days)

    @property
    def shortest(self) -> int | None:
        """The least number of days after which any job goes; None: all are kept for ever."""
        return min((days for days in (self.days, *self.rules.values()) if days), default=None)

    @property
    def longest(self) -> int | None:
        """The number of days after which every job has gone; None: some are kept for ever."""
        each = (self.days, *self.rules.values())
        return max(each) if all(each) else None

    def is_past(self, kind: str, state: str, finished_at: datetime, *, at: datetime) -> bool:
        """Say whether a job that ended then goes at an instant."""
        days = self.days_of(kind, state)
        return bool(days) and finished_at < at - timedelta(days=days)


def list_rules() -> list[Rule]:
    """Return the rules, by kind and state."""
    with lookup() as opened:
        rows = opened.exec(select(RetentionRow).order_by(col(RetentionRow.kind), col(RetentionRow.state))).all()
    return [Rule.model_validate(row.model_dump()) for row in rows]


def keep(rule: Rule, *, shown: Sequence[Rule] | None = None, by: Actor) -> None:
    """Store a rule, in place of the one for the same jobs.

    Args:
        rule: what is kept for how long.
        shown: the rules that who asks was shown; None: none.
        by: who asks.

    Raises:
        ChangedMeanwhile: the one for the same jobs is not among them as it is.
    """
    with session(write=True) as opened:
        row = opened.get(RetentionRow, (rule.kind, rule.state))
        before = None if row is None else row.days
        if shown is not None and before not in {one.days for one in shown if _same_jobs(one, rule)} | {None}:
            hint = f"It says {before} days now. Set yours again if it is still meant."
            raise ChangedMeanwhile(["days"], present=rule, hint=hint)
        if row is None:
            row = RetentionRow(kind=rule.kind, state=rule.state, days=0, changed_at=now(), changed_by="")
        row.days, row.changed_at, row.changed_by = rule.days, now(), by.name
        opened.add(row)
        details = {"kind": rule.kind, "state": rule.state, "days": [before, rule.days]}
        entries.record(opened, [Entry(act="change retention", target="setting:retention", by=by, details=details)])


def _same_jobs(one: Rule, other: Rule) -> bool:
    return (one.kind, one.state) == (other.kind, other.state)


def remove(kind: str, state: str, *, by: Actor) -> None:
    """Remove a rule. Safe to repeat."""
    with session(write=True) as opened:
        row = opened.get(RetentionRow, (kind, state))
        if row is not None:
            opened.delete(row)
            details = {"kind": kind, "state": state, "days": [row.days, None]}
            entries.record(opened, [Entry(act="change retention", target="setting:retention", by=by, details=details)])
