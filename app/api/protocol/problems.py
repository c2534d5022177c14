"""How an error leaves the API: always `application/problem+json` (RFC 9457), never HTML, never a traceback.

`problem` makes the response, `install` teaches a FastAPI application to answer each kind of error with it. The edge
of the API (`app.api.protocol.edge`) and the guard (`app.processes.http.guard`) use `problem` for what they refuse
before a route is reached.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from app.errors import AppError, FieldError, InvalidInput, Malformed, NotFound, TooMany, UnsupportedMediaType
from app.queue.params.messages import sentence

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
SHOWN_CHARACTERS = 200
"""Longer values of the caller are cut before they are repeated in a sentence."""
SHOWN_FIELDS = 3

_TITLES = {
    400: "Malformed request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    413: "Too large",
    415: "Unsupported media type",
    421: "Wrong address",
    422: "Values do not fit",
    429: "Too many requests",
    431: "Header too long",
    500: "Something went wrong",
    503: "Not available just now",
}


class ProblemField(BaseModel):
    """One value that does not fit."""

    field: str = Field(description="name of the value; nested: `address.zip`")
    message: str


class Problem(BaseModel):
    """What went wrong, in words."""

    type: str = Field(description="a name for this sort of problem, the same each time")
    title: str
    status: int
    detail: str = Field(description="one sentence about this very request")
    hint: str | None = Field(description="what to do next")
    errors: list[ProblemField] = Field(description="the values that do not fit, if that is the problem")


def problem(
    status: int,
    detail: str,
    *,
    title: str | None = None,
    hint: str | None = None,
    fields: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the response for an error; 503 also says when to come again."""
    title = title or _TITLES.get(status) or HTTPStatus(status).phrase
    body = Problem(
        type=f"urn:jobdeck:problem:{re.sub('[^a-z]+', '-', title.lower())}",
        title=title,
        status=status,
        detail=detail,
        hint=hint,
        errors=[ProblemField(field=each.field, message=each.message) for each in fields],
    )
    extra = dict(headers or {})
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    text = body.model_dump_json().encode("utf-8")
    return Response(text, status_code=status, media_type=MEDIA_TYPE, headers=extra)


def of_error(error: AppError) -> Response:
    """Make the response for an error whose message is written for a person."""
    named = [f"{shown(each.field)}: {each.message}" for each in error.fields if each.message != error.message]
    detail = " ".join((error.message, *named[:SHOWN_FIELDS]))
    headers = {"Retry-After": str(error.wait_seconds)} if isinstance(error, TooMany) else None
    return problem(error.status_code, detail, title=error.title, hint=error.hint, fields=error.fields, headers=headers)


def method_not_allowed(path: str, method: str, *, allowed: Sequence[str]) -> Response:
    """Make the response for a method that an address does not take."""
    sentence = f"{shown(path)} cannot be asked with {shown(method)}."
    return problem(HTTPStatus.METHOD_NOT_ALLOWED, sentence, headers={"Allow": ", ".join(allowed)})


def unexpected() -> Response:
    """Make the response for a bug: it says nothing about the inside; the log has the traceback."""
    return problem(500, "Jobdeck made a mistake. Its log says more.", hint="Try again; if it stays, report it.")


def install(app: FastAPI) -> None:
    """Answer every error that a route of `app` ends with as a problem."""

    def on_app_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, AppError)
        return of_error(error)

    def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return method_not_allowed(request.url.path, request.method, allowed=_allowed(request))
        return problem(error.status_code, _sentence(request, error), headers=error.headers)

    def on_invalid_request(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        if "content-type" not in request.headers and _misses_body(error):
            hint = "Send JSON with Content-Type: application/json; {} says nothing."
            return of_error(UnsupportedMediaType(hint=hint))
        return of_error(_translated(error))

    def on_client_gone(_request: Request, _error: Exception) -> Response:
        return problem(HTTPStatus.BAD_REQUEST, "The request broke off.")  # nobody reads it, and the log stays quiet

    app.add_exception_handler(AppError, on_app_error)
    app.add_exception_handler(ClientDisconnect, on_client_gone)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid_request)


def shown(value: str) -> str:
    """Cut a caller's text to what fits in a sentence."""
    return value if len(value) <= SHOWN_CHARACTERS else value[:SHOWN_CHARACTERS] + "…"


def _sentence(request: Request, error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return f"There is nothing at {shown(request.url.path)}."
    return str(error.detail)


def _allowed(request: Request) -> list[str]:
    """Return the methods of every route at this address: the error knows those of the first one only."""
    routes = iter_route_contexts(request.app.routes)
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in matching for method in route.methods or ()})


def _translated(error: RequestValidationError) -> AppError:
    """Turn FastAPI's list of errors into ours: the place of a value decides what it means when it does not fit."""
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return Malformed("The body is not valid JSON.")
    if any(each["loc"][0] == "path" for each in found):
        return NotFound("There is nothing by that id.", hint="An id is a whole number, as in /jobs/42.")
    return InvalidInput(fields=[_field_error(each) for each in found])


def _misses_body(error: RequestValidationError) -> bool:
    return any(each["type"] == "missing" and tuple(each["loc"]) == ("body",) for each in error.errors())


def _field_error(error: Mapping[str, Any]) -> FieldError:
    place = error["loc"]
    name = ".".join(str(step) for step in place[1:]) or str(place[0])
    if error["type"] == "extra_forbidden":
        message = "There is no such parameter here." if place[0] == "query" else "There is no such key here."
    elif error["type"] == "missing":
        message = "This is missing."
    else:
        message = sentence(error)
    return FieldError(field=shown(name), message=message)
