"""Acts on many jobs at once: answered with the job that does them."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Response
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from app.api.jobs import JobMatch, located
from app.api.protocol.caller import caller
from app.api.protocol.narrowing import STATES_SCHEMA, split_states
from app.api.protocol.parameters import NO_QUERY, WHOLE_NUMBER, Confirmed
from app.api.protocol.routers import below_base
from app.db import JobSnapshot
from app.db.queries.jobs import MAX_ID
from app.queue.acts.bulk import MAX_IDS, Action, act_on_ids, act_on_matching

router = below_base("/jobs", tags=["jobs"])

_NAMED = {"pattern": "[a-z]"}  # what is a state has a letter
_STATES = {
    "anyOf": [{**STATES_SCHEMA, "allOf": [_NAMED]}, {"type": "array", "items": STATES_SCHEMA, "contains": _NAMED}]
}


_NO_FILTER = frozenset({"action", "confirmed", "timezone"})


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _say_choice(schema: dict[str, Any]) -> None:
    """Say in the schema what `_check_choice` checks: ids, or at least one part of a filter."""
    filters = [name for name in schema["properties"] if name not in ("ids", *_NO_FILTER)]
    said = {name: {"required": [name], "properties": {name: given}} for name, given in _given(schema["properties"])}
    any_filter = {"anyOf": [said[name] for name in filters]}
    schema["oneOf"] = [{**said["ids"], "not": any_filter}, {**any_filter, "not": said["ids"]}]


def _given(properties: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each property's name and its schema without null, which says nothing."""
    for name, schema in properties.items():
        choices = [{"type": one["type"]} for one in schema.get("anyOf", [schema]) if one.get("type", "null") != "null"]
        yield name, choices[0] if len(choices) == 1 else {"anyOf": choices}


class BulkBody(JobMatch):
    """What to do with which jobs: `ids`, or the filter of `GET /jobs`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_say_choice)

    action: Action
    confirmed: Confirmed = False
    ids: list[Annotated[int, Field(ge=1, le=MAX_ID), WHOLE_NUMBER]] | None = Field(
        default=None,
        min_length=1,
        json_schema_extra={"maxItems": MAX_IDS},  # what is done instead of more is said where they are counted
        description="these jobs, instead of a filter",
    )

    state: Annotated[list[str], BeforeValidator(_as_list), AfterValidator(split_states), WithJsonSchema(_STATES)] = (
        Field(default=[], description="as in the list of jobs: a text with commas; or a list of such texts")
    )

    @model_validator(mode="after")
    def _check_choice(self) -> "BulkBody":
        asked = {name for name in self.model_fields_set - _NO_FILTER if getattr(self, name) is not None}
        if "state" in asked and not self.state:  # a list that came out empty would mean every state
            raise ValueError("name at least one state, or leave state out")
        if not asked:
            raise ValueError('say which jobs: ids, or a filter; q: "" means all of them')
        if "ids" in asked and len(asked) > 1:
            raise ValueError("give ids or a filter, not both")
        return self


@router.post("/bulk", status_code=202, dependencies=[NO_QUERY], summary="Act on many jobs")
def act_on_many(body: BulkBody, response: Response) -> JobSnapshot:
    """Answer the job that cancels, retries or deletes them; cancelled before it begins, it does nothing."""
    if body.ids is not None:
        return located(act_on_ids(body.action, body.ids, confirmed=body.confirmed, by=caller()), response)
    return located(act_on_matching(body.action, body.as_filter(), confirmed=body.confirmed, by=caller()), response)
