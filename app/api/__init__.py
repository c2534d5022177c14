"""WHAT PROGRAMS CALL: REST under `/api/v1`, health under `/health`, `/mcp` for agents, a page to try it at `/api/docs`.

    kinds.py        what can be started, and the start
    jobs.py         list, get, cancel, retry, delete; attempts, transitions, log, files
    exports.py      all jobs that match, as CSV and NDJSON
    bulk.py         acts on many jobs
    uploads.py      files for jobs
    audit/          who asked for what, and its export
    events.py       what happens, as it happens (Server-Sent Events)
    queues.py       what waits in each queue; pause and resume
    workers.py      the worker processes: what each runs; quiet, resume, stop
    notices.py      who wants to hear of what, and what was sent
    schedules/      schedules, what became of their instants, what a cron expression means; from other programs and back
    views/          saved views of the history
    presets/        values to start a kind with, under names
    retention/      how long finished jobs are kept, by kind and state
    reports.py      the routes of the model applications: a report now, later, and with notices
    follow_up/      a second person agrees; failures by cause: list, retry, dismiss; notes on a job; two jobs compared;
                    flows
    stats.py        how many jobs, how long they take, what is late
    operations.py   health
    agents/         the Model Context Protocol: every kind as a tool
    accounts/       who asks; accounts, their sessions and tokens
    protocol/       what all routes share: who may do what, how errors are answered, limits, what a body may hold, ids,
                    OpenAPI
    metrics/        `/metrics`, for Prometheus
    hub/            `/notifications`: the hub of SignalR, and plain WebSockets

Routes are plain functions that run in worker threads and call `app.queue` and `app.db`; those that wait for events run
on the event loop. They decide nothing themselves. The guard (`app.processes.http.guard`) says who may ask at all. Pages
are unknown here.
"""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.routing import Route

from app.api import bulk, events, exports, jobs, kinds, notices, operations, queues, reports, stats, uploads, workers
from app.api.accounts import routes as accounts
from app.api.agents import Endpoint
from app.api.audit import routes as audit_routes
from app.api.follow_up import approval, compare, failures, flow, notes
from app.api.hub import broadcast
from app.api.hub import routes as hub
from app.api.metrics import families
from app.api.metrics import routes as metrics
from app.api.presets import routes as preset_routes
from app.api.protocol import docs, edge, problems
from app.api.protocol.routers import BASE, PROBLEM_RESPONSES, name_of
from app.api.retention import routes as retention_routes
from app.api.schedules import moves, routes
from app.api.views import routes as view_routes
from app.queue import registry
from app.queue.events.bus import EventBus
from app.settings import Settings

AGENTS = "/mcp"

__all__ = ["BASE", "build"]


def build(settings: Settings, bus: EventBus, *, count_tabs: Callable[[], int] = lambda: 0) -> FastAPI:
    """Make the API for the kinds that are loaded now.

    It answers below `/api`, `/health` and `/reports`, at `/notifications`, `/metrics` and `/mcp`, with full paths. What
    `/metrics` says can be read at `state.families`, too.

    Args:
        settings: the settings.
        bus: tells it what happens.
        count_tabs: says how many pages are open, which are unknown here.
    """
    app = FastAPI(
        title="Jobdeck",
        version="1",
        description="Start, watch and understand background jobs. Times are RFC 3339 in UTC. In the params of a job a "
        "text that reads as the number, the time or the yes or no that is wanted is taken for it, a number for a "
        "duration means seconds, and a time without a zone is meant in UTC.",
        openapi_url=None,
        redirect_slashes=False,
        responses=PROBLEM_RESPONSES,
        generate_unique_id_function=name_of,
    )
    problems.install(app)
    acts = frozenset({reports.NOW_PATH, hub.PATH, AGENTS})
    app.add_middleware(edge.Edge, streams=frozenset({uploads.PATH, hub.PATH}), acts=acts)
    streams = events.Streams(bus, most=settings.max_event_streams)
    hub_clients = broadcast.Broadcast(bus, most=settings.max_hub_clients)
    doors = {"events": lambda: len(streams), "hub": lambda: len(hub_clients), "pages": count_tabs}
    app.state.families = families.Families(doors)
    for router in (
        kinds.router,
        kinds.start_router(registry.kinds.values(), bus),
        exports.router,
        jobs.router,
        bulk.router,
        queues.router,
        workers.router,
        view_routes.router,
        preset_routes.router,
        retention_routes.router(days=settings.retention_days),
        routes.router,
        moves.router,
        notices.router,
        failures.router,
        approval.router,
        notes.router,
        compare.router,
        flow.router,
        stats.router,
        accounts.router,
        audit_routes.router,
        events.router(streams),
        uploads.router(max_bytes=settings.max_upload_mb * 1024**2),
        operations.router,
        reports.router(bus),
        hub.router(hub_clients),
        metrics.router(app.state.families),
        docs.router(app, root_path=settings.root_path),
    ):
        app.router.routes.extend(router.routes)  # as they are: `include_router` would make each of them anew
    app.router.routes.append(Route(AGENTS, Endpoint(bus, allowed=settings.agent_kinds)))
    return app
