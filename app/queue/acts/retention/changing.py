"""How long finished jobs are kept, by kind and state: the rules that admins make on the settings page."""

from collections.abc import Sequence

from app.actor import Actor
from app.db import FINISHED
from app.db.audit.refusals import kept_if_refused
from app.db.retention import rules
from app.db.retention.rules import Rule
from app.errors import FieldError, InvalidInput
from app.rights import Act, require

MAX_DAYS = 36_500
"""NOTE: as of the setting `JOBDECK_RETENTION_DAYS`."""


@kept_if_refused("change retention", "setting")
def keep(setting: str, rule: Rule, *, shown: Sequence[Rule] | None = None, by: Actor) -> None:
    """Make a rule, in place of the one for the same jobs. It counts from the next pruning on.

    Args:
        setting: what the audit calls it, "retention".
        rule: what is kept for how long; it names a kind, a state or both.
        shown: the rules that who asks was shown; None: none.
        by: who asks.

    Raises:
        ChangedMeanwhile: the rule for the same jobs is another by now.
        Forbidden: who asks may not.
        InvalidInput: it does not fit.
        Unavailable: the database is away.
    """
    require(by, Act.SETTINGS)
    wrong: list[FieldError] = []
    if not rule.kind and not rule.state:
        wrong.append(FieldError(field="kind", message="Choose a kind, a state or both; the setting is for all jobs."))
    if rule.state and rule.state not in FINISHED:
        wrong.append(
            FieldError(field="state", message=f"One of {', '.join(sorted(FINISHED))}: others are not removed.")
        )
    if not 0 <= rule.days <= MAX_DAYS:
        wrong.append(FieldError(field="days", message=f"From 0 (for ever) to {MAX_DAYS:,} days."))
    if wrong:
        raise InvalidInput(wrong[0].message, fields=wrong)
    rules.keep(rule, shown=shown, by=by)


@kept_if_refused("change retention", "setting")
def remove(setting: str, rule: Rule, *, by: Actor) -> None:
    """Remove a rule. Safe to repeat.

    Args:
        setting: what the audit calls it, "retention".
        rule: which.
        by: who asks.

    Raises:
        Forbidden: who asks may not.
        Unavailable: the database is away.
    """
    require(by, Act.SETTINGS)
    rules.remove(rule.kind, rule.state, by=by)
