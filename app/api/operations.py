"""Whether the installation is well: the two routes that supervisors, proxies and orchestrators ask."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Literal

from fastapi import Response
from pydantic import BaseModel, Field

from app.api.protocol.parameters import NO_QUERY
from app.api.protocol.routers import beside
from app.db.queries import counts
from app.db.queries import workers as worker_queries
from app.errors import AppError
from app.queue.transport import sender

OK = "ok"
logger = logging.getLogger(__name__)

router = beside("/health", tags=["health"])


class Life(BaseModel):
    """The web process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Each part: `ok`, or a sentence that says what is wrong with it."""

    database: str = Field(examples=[OK])
    redis: str = Field(examples=[OK])
    workers: str = Field(examples=[OK, "No worker is running."])
    scheduler: str = Field(examples=[OK])


@router.get("/live", dependencies=[NO_QUERY], summary="Does the web process answer?")
async def live() -> Life:
    """Answer, whatever the rest is like: who restarts processes asks this. It needs no thread that others hold."""
    return Life()


@router.get(
    "/ready",
    dependencies=[NO_QUERY],
    summary="Can jobs be started and run?",
    responses={503: {"model": Readiness, "description": "Some part is not well"}},
)
def ready(response: Response) -> Readiness:
    """Ask every part; 503 if one is not well."""
    found = Readiness(database=_ask(_database), redis=_ask(_redis), workers=_ask(_workers), scheduler=_ask(_scheduler))
    if any(sentence != OK for sentence in found.model_dump().values()):
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers["Retry-After"] = "1"
    return found


def _ask(part: Callable[[], str]) -> str:
    try:
        return part()
    except AppError as error:
        return error.message


def _database() -> str:
    counts.state_totals()
    return OK


def _redis() -> str:
    client = sender.client()
    try:
        if client is not None:
            client.ping()
    except Exception:  # only `queue` knows Redis and its errors
        logger.debug("Redis did not answer", exc_info=True)
        return "Redis cannot be reached just now."
    return OK


def _workers() -> str:
    return OK if any(worker.is_alive for worker in worker_queries.workers()) else "No worker is running."


def _scheduler() -> str:
    """A clock that disagrees keeps no job from running: the pages and `doctor` tell it, nobody is sent elsewhere."""
    return OK if any(one.is_alive for one in worker_queries.schedulers()) else worker_queries.NO_SCHEDULER
