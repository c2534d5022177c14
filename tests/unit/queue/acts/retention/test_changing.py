"""Who may change how long jobs are kept, and what fits."""

from dataclasses import replace

import pytest

from app.db.retention import rules
from app.db.retention.rules import Rule
from app.errors import Forbidden, InvalidInput
from app.queue.acts.retention import changing
from app.rights import Rights, Role
from tests.actors import ME

pytestmark = [pytest.mark.usefixtures("room")]


def test_an_operator_changes_no_rule() -> None:
    operator = replace(ME, rights=Rights(role=Role.OPERATOR))
    rule = Rule(kind="mail", state="", days=7)

    for act in (changing.keep, changing.remove):
        with pytest.raises(Forbidden):
            act("retention", rule, by=operator)
    assert rules.list_rules() == []


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule(kind="", state="", days=7), "kind"),
        (Rule(kind="mail", state="running", days=7), "state"),
        (Rule(kind="mail", state="", days=-1), "days"),
        (Rule(kind="mail", state="", days=99_999), "days"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule: Rule, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        changing.keep("retention", rule, by=ME)

    assert [one.field for one in caught.value.fields] == [field]
    assert rules.list_rules() == []
