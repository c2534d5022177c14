"""How long jobs are kept: which rule counts, and what the audit tells of a change."""

from datetime import timedelta

import pytest

from app.db.audit.reading import AuditFilter, list_entries
from app.db.clock import now
from app.db.retention import rules
from app.db.retention.rules import Retention, Rule
from app.db.snapshots.snapshot import ChangedMeanwhile
from tests.actors import ME


@pytest.mark.parametrize(
    ("kind", "state", "days"),
    [
        ("mail", "failed", 90),
        ("mail", "succeeded", 7),
        ("other", "failed", 60),
        ("other", "cancelled", 30),
        ("audit", "failed", 0),
    ],
)
def test_of_several_rules_the_closest_counts(kind: str, state: str, days: int) -> None:
    kept = Retention.of(
        30,
        [
            Rule(kind="mail", state="", days=7),
            Rule(kind="mail", state="failed", days=90),
            Rule(kind="", state="failed", days=60),
            Rule(kind="audit", state="", days=0),
        ],
    )

    assert kept.days_of(kind, state) == days
    at = now()
    assert kept.is_past(kind, state, at - timedelta(days=days, seconds=1), at=at) is (days > 0)
    assert not kept.is_past(kind, state, at - timedelta(days=days) + timedelta(seconds=1), at=at)
    assert kept.shortest == 7


def test_where_all_is_kept_for_ever_nothing_has_a_shortest_time() -> None:
    assert Retention.of(0, []).shortest is None
    assert Retention.of(0, [Rule(kind="mail", state="", days=3)]).shortest == 3


@pytest.mark.usefixtures("database")
def test_a_rule_is_kept_changed_and_removed_and_the_audit_says_so() -> None:
    rules.keep(Rule(kind="mail", state="", days=7), by=ME)
    rules.keep(Rule(kind="mail", state="", days=9), by=ME)
    assert [(one.kind, one.state, one.days, one.changed_by) for one in rules.list_rules()] == [("mail", "", 9, "me")]

    rules.remove("mail", "", by=ME)
    rules.remove("mail", "", by=ME)

    assert rules.list_rules() == []
    told = [one.details["days"] for one in list_entries(AuditFilter(act="change retention"))]
    assert told == [[9, None], [7, 9], [None, 7]]


@pytest.mark.usefixtures("database")
def test_a_rule_that_somebody_set_meanwhile_is_not_replaced_unseen() -> None:
    rule = Rule(kind="mail", state="", days=7)
    rules.keep(rule, shown=[], by=ME)

    with pytest.raises(ChangedMeanwhile, match="days"):
        rules.keep(rule.model_copy(update={"days": 30}), shown=[], by=ME)
    rules.keep(rule.model_copy(update={"days": 30}), shown=rules.list_rules(), by=ME)

    assert [one.days for one in rules.list_rules()] == [30]
