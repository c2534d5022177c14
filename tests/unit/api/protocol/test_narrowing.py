"""A request that narrows a list of jobs takes every field that is declared, under the name the API has for it."""

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from app.api.protocol.narrowing import filter_of, takes_filter
from app.db import JobFilter, State
from app.db.queries.filters import FIELDS
from app.errors import InvalidInput


class Plain(BaseModel):
    """A request of its own."""

    model_config = ConfigDict(extra="forbid")
    limit: int = 50


REQUEST = takes_filter(Plain)


def test_a_request_takes_every_declared_field_beside_its_own() -> None:
    assert set(REQUEST.model_fields) == {"limit", *(field.query for field in FIELDS if field.query is not None)}
    assert filter_of(REQUEST()) == JobFilter()


def test_what_is_asked_for_becomes_the_filter() -> None:
    request = REQUEST.model_validate({"q": "sum", "state": ["failed, queued", "running"], "kind": "import"})

    assert filter_of(request) == JobFilter(
        text="sum", states=frozenset({State.FAILED, State.QUEUED, State.RUNNING}), kind="import"
    )


def test_an_unknown_state_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValidationError, match="“done” is not a state; the states are scheduled, queued"):
        REQUEST.model_validate({"state": ["failed,done"]})


@pytest.mark.parametrize("values", [{"parent_id": True}, {"parent_id": 0}, {"kind": "x" * 201}, {"q": "x" * 1001}])
def test_a_value_that_no_job_can_have_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        REQUEST.model_validate(values)


def test_too_many_words_are_refused_when_the_filter_is_made() -> None:
    with pytest.raises(InvalidInput, match="at most 20 words"):
        filter_of(REQUEST.model_validate({"q": " ".join(f"w{number}" for number in range(21))}))
