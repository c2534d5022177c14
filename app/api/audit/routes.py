"""Who asked for what: the list, newest first, and all of it as CSV."""

import io
import json
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.protocol.parameters import WHOLE, Instant, Listed
from app.api.protocol.routers import below_base
from app.db.audit import reading
from app.db.audit.reading import AuditEntry, AuditFilter
from app.errors import FieldError, InvalidInput
from app.reports import CsvTable

MOST = 200
CSV_COLUMNS = tuple(AuditEntry.model_fields)

router = below_base(tags=["audit"])


class AuditMatch(BaseModel):
    """Which entries."""

    model_config = ConfigDict(extra="forbid")

    actor: str | None = Field(default=None, max_length=200, description="who asked: a name")
    act: str | None = Field(default=None, max_length=100, description="the verb, as cancel")
    target: str | None = Field(default=None, max_length=200, description="as job:12; or all of a sort, as job")
    result: Literal["done", "refused"] | None = None
    since: Instant | None = Field(default=None, description="from then on")
    until: Instant | None = Field(default=None, description="before then")

    def as_filter(self) -> AuditFilter:
        """Return the same for the database."""
        return AuditFilter(**{name: getattr(self, name) for name in AuditMatch.model_fields})


class AuditQuery(AuditMatch):
    """Which entries, and how many."""

    limit: Annotated[int, WHOLE] = Field(default=50, ge=1, le=MOST)
    after: str | None = Field(default=None, pattern="^[0-9]{1,18}$", description="`next` of the page before")


@router.get("/audit", summary="List who asked for what")
def list_audit(query: Annotated[AuditQuery, Query()]) -> Listed[AuditEntry]:
    """Answer the entries that match, the newest first."""
    found = reading.list_entries(query.as_filter(), before=_place(query.after), limit=query.limit + 1)
    following = str(found[query.limit - 1].id) if len(found) > query.limit else None
    return Listed(items=found[: query.limit], next=following)


@router.get(
    "/audit.csv",
    summary="Export who asked for what as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "all that match"}},
)
def export_audit(query: Annotated[AuditMatch, Query()]) -> StreamingResponse:
    """Answer every entry that matches as a line of CSV. A text that a spreadsheet would run gets an apostrophe."""
    lines = _csv_lines(reading.every_entry(query.as_filter()))
    first = next(lines)  # what cannot be read is refused before anything is sent
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_with(first, lines), media_type="text/csv; charset=utf-8", headers=headers)


def _place(after: str | None) -> int | None:
    if after is None:
        return None
    if not (after.isascii() and after.isdecimal() and len(after) <= 18):
        message = "This is not a place in this list."
        raise InvalidInput(message, fields=[FieldError(field="after", message=message)])
    return int(after)


def _with(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _csv_lines(pages: Iterator[list[AuditEntry]]) -> Iterator[bytes]:
    written = io.StringIO(newline="")
    table = CsvTable(CSV_COLUMNS, written)
    for page in pages:
        for entry in page:
            told = entry.model_dump(mode="json")
            told["details"] = json.dumps(entry.details, ensure_ascii=False)
            table.add(*(told[name] for name in CSV_COLUMNS))
        yield written.getvalue().encode()
        written.seek(0)
        written.truncate()
