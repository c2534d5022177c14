"""Requests on the bounds of what the API's document says, and just outside, and what an answer shows of its truth."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from httpx import Response

from tests.unit.api.protocol.schema_edges import Edges


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path, and what the document says of it."""

    method: str
    path: str
    said: Mapping[str, Any]


REFUSED = (400, 422)
AS_JSON = {"Content-Type": "application/json"}
UNSAID = {
    ("/api/v1/jobs", "after"): "only what an answer gave as `next` is a place in the list",
    ("/api/v1/failures", "after"): "only what an answer gave as `next` is a place in the list",
    ("/api/v1/jobs", "q"): "the query language has a grammar",
    ("/api/v1/jobs.csv", "columns"): "names of columns, and paths that params and results may have",
    ("/api/v1/jobs.ndjson", "columns"): "as of the other file",
    ("/api/v1/jobs/bulk", "q"): "the query language has a grammar",
    **{
        (path, "after"): "a whole number in an address has no point"
        for path in ("/api/v1/jobs/{id}/log", "/api/v1/views", "/api/v1/presets", "/api/v1/notices")
    },
    **{
        (path, field): "one of them at least, each a true address; the query language has a grammar"
        for path in ("/api/v1/notices", "/api/v1/notices/{id}")
        for field in ("to", "to.email", "to.webhook", "to.slack", "to.teams", "when.q")
    },
    ("/api/v1/me/password", "present"): "it is a password",
    **{
        (path, field): "nobody has two of one name and kind; which params a kind has is said of its start"
        for path in ("/api/v1/presets", "/api/v1/presets/{id}")
        for field in ("name", "params")
    },
    ("/api/v1/retention", "kind"): "a kind, a state or both; the setting is for all jobs",
    ("/api/v1/tokens", "expires_at"): "a time to come",
    ("/api/v1/views", "name"): "nobody has two of the same, and blanks are none",
    ("/api/v1/views", "q"): "the query language has a grammar",
    ("/api/v1/views", "columns"): "they are named in words",
    ("/api/v1/views/{id}", "name"): "nobody has two of the same, and blanks are none",
    ("/api/v1/views/{id}", "q"): "the query language has a grammar",
    ("/api/v1/views/{id}", "columns"): "they are named in words",
    ("/api/v1/kinds/run_command/start", "timeout"): "JSON Schema has no words for the bounds of a duration",
}
"""What the document says in words alone, of values that its schema allows."""


def operations(document: Mapping[str, Any], *, kinds: Collection[str]) -> Iterator[Operation]:
    """Give every operation that answers at once and takes JSON; of the starts those of these kinds.

    Not those of schedules: what a cron, a zone and a day without a fire may be is no matter of a schema.
    """
    for path, methods in document["paths"].items():
        if re.match("/api/v1/(schedules|cron)", path):
            continue
        for method, said in methods.items():
            is_stream = "text/event-stream" in said["responses"].get("200", {}).get("content", {})
            is_form = "multipart/form-data" in said.get("requestBody", {}).get("content", {})
            if not is_stream and not is_form and path != "/reports/v1":  # which waits for a worker
                start = re.fullmatch("/api/v1/kinds/(.+)/start", path)
                if start is None or start[1] in kinds:
                    yield Operation(method, path, said)


def requests(operation: Operation, edges: Edges) -> Iterator[tuple[dict[str, Any], bool, str]]:
    """Give requests, each with whether the document allows it, and what was tried."""
    path, said = operation.path, operation.said
    schema = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    body = {} if schema is None else {"json": edges.one(schema)}
    parameters = said.get("parameters", [])
    usual = {one["name"]: edges.one(one["schema"]) for one in parameters if one["in"] == "path"}
    yield {"url": address(path, usual), **body}, True, "as it should be"
    for one in parameters:
        name, place = one["name"], one["in"]
        if name == "timezone":
            continue  # which zones there are is no matter of a schema
        for text in texts(edges.values(one["schema"])):
            is_allowed = edges.takes(one["schema"], read(text, edges, one["schema"]))
            about = f"{place} {name} {text!r:.60}"
            if place == "path" and text:
                yield {"url": address(path, {**usual, name: text}), **body}, is_allowed, about
            elif place == "query":
                yield {"url": address(path, usual), "params": {name: text}, **body}, is_allowed, about
            elif place == "header" and text.isascii() and text.isprintable():
                yield {"url": address(path, usual), "headers": {name: text}, **body}, is_allowed, about
    if schema is not None:
        seen: set[str] = set()
        for value in edges.values(schema):
            if (text := json.dumps(value)) in seen:
                continue
            seen.add(text)
            about = f"body {text:.160}"
            yield (
                {"url": address(path, usual), "content": text, "headers": AS_JSON},
                edges.takes(schema, value),
                about,
            )


def address(path: str, values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    return path


def texts(values: Iterator[Any]) -> list[str]:
    """Return the values that an address can hold, as it holds them, each once."""
    ones = (value[0] if isinstance(value, list) and len(value) == 1 else value for value in values)
    plain = (value for value in ones if isinstance(value, str | int | float))
    shown = {str(value).lower() if isinstance(value, bool) else str(value): None for value in plain}
    return list(shown)


def read(text: str, edges: Edges, schema: Mapping[str, Any]) -> Any:
    """Read a text of an address as the type that its schema has."""
    booleans = {"true": True, "1": True, "false": False}
    for kind, form in (("integer", int), ("boolean", booleans.__getitem__), ("number", float)):
        try:
            value = form(text)
        except (ValueError, KeyError):
            continue
        if edges.takes({"type": kind}, value) and edges.takes(schema, value):
            return value
    return [text] if edges.takes(schema, [text]) else text


def is_unsaid(path: str, answer: Response) -> bool:
    """Say whether the only values that an answer complains of are such as the schema cannot tell apart."""
    fields = {wrong["field"] for wrong in answer.json()["errors"]}
    if path.startswith("/api/v1/presets"):
        fields = {"params" if field.startswith("params.") else field for field in fields}
    if re.fullmatch("/api/v1/kinds/[^/]+/start", path):
        fields.discard("after")  # the jobs that are waited for have to be there
    return all((path, field) in UNSAID for field in fields)


def lie(operation: Operation, answer: Response, *, is_allowed: bool, about: str) -> str | None:
    """Say what of an answer the document does not tell; None: all is true."""
    responses = operation.said["responses"]
    if answer.status_code >= 500 and str(answer.status_code) not in responses:
        return f"{answer.status_code}"
    if str(answer.status_code) not in responses and not (answer.status_code >= 400 and "default" in responses):
        return f"{answer.status_code} is not in the document"
    if is_allowed and answer.status_code in REFUSED and not is_unsaid(operation.path, answer):
        return "allowed, and refused"
    if not is_allowed and answer.status_code not in (REFUSED if not about.startswith("path") else (*REFUSED, 404)):
        return f"forbidden, and answered {answer.status_code}"
    return None
