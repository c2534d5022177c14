"""The routers of the API, whose routes have from the first on what every route has: where they are, what they answer
when something is wrong, the name that programs call them by, and below `BASE` the right that is asked for.

So the application takes the routes as they are. A router that is included in another has its routes made once more, at
the first request: 0.14 s of processor for the hundred of Jobdeck, before the page is said to be ready.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.params import Depends
from fastapi.routing import APIRoute

from app.api.protocol import problems
from app.api.protocol.rights import RIGHT

BASE = "/api/v1"
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"model": problems.Problem, "description": "What went wrong, in words"}
}
"""What every route may answer; `docs` then corrects the media type."""


def below_base(prefix: str = "", *, tags: Sequence[str]) -> APIRouter:
    """Return a router whose routes are below `/api/v1`, each behind its right."""
    return beside(BASE + prefix, tags=tags, dependencies=[RIGHT])


def beside(
    prefix: str = "",
    *,
    tags: Sequence[str] = (),
    dependencies: Sequence[Depends] = (),
    include_in_schema: bool = True,
) -> APIRouter:
    """Return a router whose routes are elsewhere, with no other `dependencies` than these."""
    return APIRouter(
        prefix=prefix,
        tags=list(tags) or None,
        dependencies=dependencies,
        responses=PROBLEM_RESPONSES,
        generate_unique_id_function=name_of,
        include_in_schema=include_in_schema,
    )


def name_of(route: APIRoute) -> str:
    """Return how programs call a route."""
    return route.name
