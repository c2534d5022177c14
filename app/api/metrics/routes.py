"""The address of the metrics."""

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder

from app.api.metrics.families import Families
from app.api.protocol.parameters import NO_QUERY

PATH = "/metrics"


def router(families: Families) -> APIRouter:
    """Return the route; `families` are the metrics."""
    routes = APIRouter(tags=["operations"])

    @routes.get(
        PATH,
        dependencies=[NO_QUERY],
        summary="Read the metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}, "application/openmetrics-text": {}}, "description": "metrics"}},
    )
    def get_metrics(request: Request) -> Response:
        """Answer in the text format of Prometheus, or in OpenMetrics where Accept names it."""
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(families), media_type=media_type)

    return routes
