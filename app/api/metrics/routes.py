"""The address of the metrics."""

import re

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder

from app.api.metrics.families import Families
from app.api.protocol.parameters import NO_QUERY
from app.api.protocol.routers import beside

PATH = "/metrics"
_VERSIONS = frozenset({None, "0.0.1", "0.0.4", "1.0.0"})
"""Of the formats; None: any. What is asked for in another one is answered in the next that is accepted."""


def router(families: Families) -> APIRouter:
    """Return the route; `families` are the metrics."""
    routes = beside(tags=["operations"])

    @routes.get(
        PATH,
        dependencies=[NO_QUERY],
        summary="Read the metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}, "application/openmetrics-text": {}}, "description": "metrics"}},
    )
    def get_metrics(request: Request) -> Response:
        """Answer in the text format of Prometheus, or in OpenMetrics where Accept names it."""
        encode, media_type = choose_encoder(_readable(request.headers.getlist("accept")))
        return Response(encode(families), media_type=media_type)

    return routes


def _readable(accepted: list[str]) -> str:
    """Return what is accepted, the dearest first, without what is not wanted and what the library cannot read.

    It compares whatever stands as a version with numbers, says it back in the answer, and looks at no weight.
    """
    choices = [choice.strip() for choice in ",".join(accepted).split(",")]
    wanted = [choice for choice in choices if _said("version", choice) in _VERSIONS and _weight(choice) > 0]
    return ",".join(sorted(wanted, key=_weight, reverse=True))


def _weight(choice: str) -> float:
    said = _said("q", choice) or "1"
    return float(said) if re.fullmatch(r"[01](\.[0-9]{0,3})?", said) else 1.0


def _said(name: str, choice: str) -> str | None:
    _, *parameters = (part.strip() for part in choice.split(";"))
    return next((value for key, _, value in (one.partition("=") for one in parameters) if key.lower() == name), None)
