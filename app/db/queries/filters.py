"""What a list of jobs can be narrowed by. A new field is one declaration in `JobFilter`, and its test."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

from app.db.clock import now
from app.db.models.jobs import Job
from app.db.queries.filter_fields import (
    AT_LEAST,
    AT_MOST,
    BEFORE,
    BEGINS_FLOW,
    EQUALS,
    FLOW_PARTS,
    IDS,
    INSTANTS,
    IS_ONE_OF,
    MATCHES_QUERY,
    NAMES,
    STATES,
    WORDS,
    Comparison,
    FilterField,
    ValueKind,
)
from app.db.queries.language import Asking, parse
from app.db.snapshots.secrets import hidden_kinds
from app.db.states import State


def _by(
    column: str,
    comparison: Comparison,
    values: ValueKind,
    *,
    query: str | None = None,
    address: str | None = None,
    label: str = "",
    description: str = "",
) -> dict[str, Any]:
    """Declare what a field narrows by; the arguments are those of `FilterField`. `address`: where it is not `query`."""
    return {
        "column": column,
        "comparison": comparison,
        "values": values,
        "query": query,
        "address": address or query,
        "label": label,
        "description": description,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs. A field with its default narrows nothing.

    Raises:
        QueryMistake: `text` cannot be read.
    """

    text: str = field(
        default="",
        metadata=_by(
            "search_text",
            MATCHES_QUERY,
            WORDS,
            query="q",
            description="in the query language, such as: state:failed kind:import_*",
        ),
    )
    states: frozenset[State] = field(
        default=frozenset(),
        metadata=_by("state", IS_ONE_OF, STATES, query="state", description="repeat it, or separate with commas"),
    )
    kind: str | None = field(default=None, metadata=_by("kind", EQUALS, NAMES, query="kind"))
    queue: str | None = field(default=None, metadata=_by("queue", EQUALS, NAMES, query="queue", label="Queue"))
    parent_id: int | None = field(
        default=None,
        metadata=_by(
            "parent_id",
            EQUALS,
            IDS,
            query="parent_id",
            address="parent",
            label="Children of",
            description="only children of this job",
        ),
    )
    flow: str | None = field(
        default=None,
        metadata=_by(
            "parent_id",
            BEGINS_FLOW,
            FLOW_PARTS,
            query="flow",
            label="Flows",
            description="`first`: only the jobs by which flows begin, and those that are in none: not what another job "
            "started, nor what waited for one from its start on",
        ),
    )
    signature: str | None = field(
        default=None,
        metadata=_by(
            "error_signature",
            EQUALS,
            NAMES,
            query="signature",
            label="Cause",
            description="failed so: `signature` in `error`, the whole of it",
        ),
    )
    since: datetime | None = field(
        default=None,
        metadata=_by(
            "created_at", AT_LEAST, INSTANTS, query="since", label="From", description="started at or after this time"
        ),
    )
    until: datetime | None = field(
        default=None,
        metadata=_by(
            "created_at", BEFORE, INSTANTS, query="until", label="Until", description="started before this time"
        ),
    )
    finished_since: datetime | None = field(
        default=None,
        metadata=_by(
            "finished_at",
            AT_LEAST,
            INSTANTS,
            query="finished_since",
            label="Finished from",
            description="ended, as it stands now, at or after this time",
        ),
    )
    finished_until: datetime | None = field(
        default=None,
        metadata=_by(
            "finished_at",
            BEFORE,
            INSTANTS,
            query="finished_until",
            label="Finished until",
            description="ended, as it stands now, before this time",
        ),
    )
    max_id: int | None = field(default=None, metadata=_by("id", AT_MOST, IDS))
    asked_at: datetime | None = field(default=None, compare=False)
    """The instant from which a text counts `yesterday` and `2h`; None: the instant of the search. It narrows
    nothing.
    """
    zone: tzinfo = field(default=UTC, compare=False)
    """The zone in which the days of a text begin."""

    def __post_init__(self) -> None:
        """Read the text."""
        parse(self.text)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the SQL conditions, all of which a job has to meet."""
        asked = self.asked()
        conditions = [one.condition(wanted, asked) for one, wanted in self.wanted()]
        if self.text and (hidden := hidden_kinds.get()):  # what is found tells what it has
            conditions.append(col(Job.kind).not_in(sorted(hidden)))
        return conditions

    def asked(self) -> Asking:
        """Return when and where its text is asked."""
        return Asking(now=self.asked_at or now(), zone=self.zone)

    def may_match(self, job: object) -> bool:
        """Say whether a job's snapshot may match; only the database knows about a text."""
        return all(one.matches(job, wanted) for one, wanted in self.wanted())

    def wanted(self) -> list[tuple[FilterField, Any]]:
        """Return the fields that narrow, each with the value that is wanted."""
        values = [(one, getattr(self, one.name)) for one in FIELDS]
        return [(one, value) for one, value in values if value != one.default]

    def as_json(self) -> dict[str, Any]:
        """Return what narrows, by the names of the fields, as JSON; instants are left to whoever writes it."""
        return {one.name: one.values.to_json(getattr(self, one.name)) for one in FIELDS}


FIELDS: tuple[FilterField, ...] = tuple(
    FilterField(name=one.name, default=one.default, **one.metadata) for one in fields(JobFilter) if one.metadata
)


def filter_of_json(values: Mapping[str, Any]) -> JobFilter:
    """Return the filter that `JobFilter.as_json` wrote; what is missing narrows nothing."""
    return JobFilter(**{one.name: one.values.from_json(values[one.name]) for one in FIELDS if one.name in values})
