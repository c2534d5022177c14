"""How long finished jobs are kept: the setting, the rules by kind and state, and what goes by each of them."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_BODY, NO_QUERY, WHOLE_NUMBER, Listed
from app.api.protocol.routers import below_base
from app.db.queries.storage import Past, past_by_rule
from app.db.retention import rules
from app.db.retention.rules import Retention, Rule
from app.queue.acts.retention import changing
from app.queue.acts.retention.changing import MAX_DAYS

_SUBJECT = "retention"
_LONGEST_KIND = 200

Finished = Literal["succeeded", "failed", "cancelled"]
KindName = Annotated[str, Field(min_length=1, max_length=_LONGEST_KIND, description="null: of all kinds")]


class WhichJobs(BaseModel):
    """For which jobs a rule is."""

    model_config = ConfigDict(extra="forbid")

    kind: KindName | None = None
    state: Finished | None = Field(default=None, description="null: however they ended")


class RuleBody(WhichJobs):
    """A rule, in place of the one for the same jobs."""

    days: Annotated[int, Field(ge=0, le=MAX_DAYS, description="0: for ever"), WHOLE_NUMBER]


class RuleInfo(BaseModel):
    """A rule, and what goes by it at the next pruning."""

    kind: str | None
    state: Finished | None
    days: int = Field(description="0: for ever")
    changed_by: str | None = Field(description="null: it is the setting `JOBDECK_RETENTION_DAYS`")
    jobs: int = Field(description="how many jobs go")
    size_bytes: int = Field(description="about how much room they take, in the database and as files")


def router(*, days: int) -> APIRouter:
    """Return the routes; `days`: the setting, 0: for ever."""
    routes = below_base("/retention", tags=["retention"])

    @routes.get("", dependencies=[NO_QUERY], summary="List how long jobs are kept")
    def list_retention() -> Listed[RuleInfo]:
        """Answer the rules and, as the last one, the setting; of those that fit a job the closest counts."""
        return Listed(items=_infos(days))

    @routes.post("", dependencies=[NO_QUERY], summary="Set how long jobs are kept")
    def set_retention(body: RuleBody) -> RuleInfo:
        """Make a rule, in place of the one for the same jobs. It counts from the next pruning on."""
        rule = Rule(kind=body.kind or "", state=body.state or "", days=body.days)
        changing.keep(_SUBJECT, rule, by=caller())
        [made] = [one for one in _infos(days) if (one.kind, one.state) == (body.kind or None, body.state)]
        return made

    @routes.delete("", status_code=204, dependencies=[NO_BODY], summary="Remove a rule")
    def delete_retention(query: Annotated[WhichJobs, Query()]) -> None:
        """Remove the rule for exactly these jobs. Safe to repeat."""
        changing.remove(_SUBJECT, Rule(kind=query.kind or "", state=query.state or "", days=0), by=caller())

    return routes


def _infos(days: int) -> Sequence[RuleInfo]:
    known = rules.list_rules()
    past = past_by_rule(Retention.of(days, known))
    return [_info(one, past[one.kind, one.state]) for one in (*known, Rule(kind="", state="", days=days))]


def _info(rule: Rule, past: Past) -> RuleInfo:
    return RuleInfo.model_validate(
        {
            "kind": rule.kind or None,
            "state": rule.state or None,
            "days": rule.days,
            "changed_by": rule.changed_by or None,
            "jobs": past.jobs,
            "size_bytes": past.size_bytes,
        }
    )
