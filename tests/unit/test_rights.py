"""The one table of role and act, what tokens have of it, and its copy for people."""

import re
from pathlib import Path

import pytest

from app.actor import Actor, ActorKind
from app.errors import Forbidden
from app.rights import NEEDED, Act, Rights, Role, require
from tests.unit.rights_matrix import END, START, matrix

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


def test_each_role_may_do_what_the_one_before_may() -> None:
    allowed = [{act for act in Act if Rights(role=role).allows(act)} for role in Role]
    assert allowed[0] < allowed[1] < allowed[2]
    assert allowed[0] == {Act.READ, Act.OWN}
    assert allowed[2] == set(Act) == set(NEEDED)


def test_a_refusal_names_the_role_that_is_needed_and_the_one_that_there_is() -> None:
    ann = Actor(kind=ActorKind.PERSON, name="ann", rights=Rights(role=Role.VIEWER))
    with pytest.raises(Forbidden, match=r"^This needs the role operator\. ann is a viewer\.$"):
        require(ann, Act.CANCEL)
    with pytest.raises(Forbidden, match=r"This needs the role admin"):
        require(ann, Act.START, kind="run_command", requires=Role.ADMIN)


@pytest.mark.parametrize("role", Role)
def test_a_token_may_never_do_more_than_its_account(role: Role) -> None:
    of_account = {act for act in Act if Rights(role=role).allows(act)}
    for scope in ("read", "all", "start:mail"):
        rights = Rights.of_token(role, scope)
        assert {act for act in Act if rights.refusal(act, kind="mail") is None} <= of_account


def test_a_token_that_starts_kinds_starts_no_other_and_does_nothing_else() -> None:
    rights = Rights.of_token(Role.ADMIN, "start:mail,start:report")
    assert rights.refusal(Act.START, kind="mail") is None
    assert rights.refusal(Act.START, kind="report") is None
    assert rights.refusal(Act.START, kind="prune_history") == "This token may only start mail, report."
    refused = {act for act in Act if rights.refusal(act, kind="mail") is not None}
    assert refused == set(Act) - {Act.READ, Act.UPLOAD, Act.START}


def test_a_token_that_reads_does_nothing_else() -> None:
    rights = Rights.of_token(Role.ADMIN, "read")
    assert [act for act in Act if rights.allows(act)] == [Act.READ]


def test_the_matrix_of_the_document_is_made_from_the_table() -> None:
    written = re.search(f"{re.escape(START)}\n(.*?)\n{re.escape(END)}", DOCUMENT.read_text(), re.DOTALL)
    assert written, "docs/security.md has no matrix"
    assert written[1] == matrix(), "make it again: python -m tests.unit.rights_matrix"
