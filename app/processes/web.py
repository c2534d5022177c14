"""The web process: the pages for people and the API for programs under one address, behind the guard.

One ASGI application around the other, from outside: the guard, then `Entrance`, which sends a request to the API or,
compressed, to NiceGUI. NiceGUI and the pages are imported when the process runs, not before: NiceGUI takes the folder
of its storage from the environment at import.
"""

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from app import api
from app.auth.openid.registration import Registration
from app.auth.visits import Visit, Visits
from app.db.snapshots.snapshot import use_prefix
from app.db.sql import engine
from app.processes import database_mark
from app.processes.blocked_imports import CLIENTS, hidden, leave_out_pool, uncollected
from app.processes.connections import connect_with_kinds
from app.processes.http.compression import Compressed
from app.processes.http.connection import Socket, patient_connections
from app.processes.http.content_negotiation import Entrance
from app.processes.http.doorkeeper import Doorkeeper
from app.processes.http.forwarded import Forwarded
from app.processes.http.guard import Guard, Hosts
from app.processes.http.provider_door import ProviderDoor
from app.processes.http.sign_in import SignIn
from app.processes.http.write_limit import WriteLimit
from app.processes.otlp import switch as otlp
from app.processes.supervision.shape_watch import ShapeWatch
from app.processes.supervision.spare_memory import keep_giving_back
from app.queue.events.bus import EventBus
from app.rights import Act
from app.settings import Settings
from app.settings.addresses import is_loopback

OTHER_FILES = 200
"""So many the web process needs beside its connections to clients: the database, Redis, files that are sent."""
CLOSING_SECONDS = 1
"""How long open requests may take to end when the process stops; browsers connect again by themselves."""
GOODBYE_SECONDS = 0.25
"""So long those who listen have to be told that it stops, and when to return: then their connections are cut."""
RECONNECT_SECONDS = 10.0
"""NiceGUI's ping timeout is 0.4 of it; with its own default of 3 s one busy moment disconnects every tab."""
REPLAYED_MESSAGES = 200
PREFERENCES_SECONDS = 365 * 24 * 3600
SLOW_CALLBACK_SECONDS = 0.05
TICKS_A_SECOND = 10
"""As uvicorn counts them: with the tenth it makes the header anew that says what time it is."""


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then end the process: its exit status is 0 unless it could not start."""
    assert settings.redis_url is not None
    signal.signal(signal.SIGTERM, _stop)
    os.umask(0o077)  # what is written here is for its owner alone; no job runs here, whose files it would change
    connect_with_kinds(settings)
    otlp.begin("web")
    bus = EventBus(settings.redis_url)
    config = uvicorn.Config(
        build(settings, bus),
        host=settings.host,
        port=settings.port,
        http=patient_connections(settings.client_timeout_seconds, most=_allow(settings.max_connections)),
        ws=Socket,
        ws_per_message_deflate=False,  # on a fast network it costs more than it saves: a third of the server's work
        access_log=False,
        log_config=None,
        log_level="debug" if settings.log_level == "debug" else "warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
    shape = ShapeWatch(lambda: os.kill(os.getpid(), signal.SIGTERM))
    shape.start()
    keep_giving_back()
    status = 0
    try:
        _Server(config, bus).run()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        pass
    otlp.end()
    engine.disconnect()
    logging.shutdown()
    # Everything is closed; taking the pages' many objects apart one by one would last for seconds.
    os._exit(status or shape.status)


def _allow(connections: int) -> int:
    """Have room for so many connections, as far as the machine gives it. Returns for how many there is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS has another bound of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return connections if soft == resource.RLIM_INFINITY else max(1, min(connections, soft - OTHER_FILES))


class _Server(uvicorn.Server):
    """Tells those who wait for events that it stops, before it waits for them to end."""

    def __init__(self, config: uvicorn.Config, bus: EventBus) -> None:
        super().__init__(config)
        self._bus = bus
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_to_end = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait for the end. Uvicorn looks for it ten times a second; here it is told (`handle_exit`)."""
        self._loop = asyncio.get_running_loop()
        counter = 0
        while not await self.on_tick(counter):
            counter += TICKS_A_SECOND
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked_to_end.wait(), 1.0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take in a signal that asks for the end."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._asked_to_end.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close every connection."""
        self._bus.close()
        await asyncio.sleep(GOODBYE_SECONDS)
        await super().shutdown(sockets)


def build(settings: Settings, bus: EventBus) -> ASGIApp:
    """Put the whole web application together. Once in a process: NiceGUI is one global application."""
    assert settings.secret_key is not None
    storage = settings.data_dir / "preferences"
    storage.mkdir(exist_ok=True, mode=0o700)
    os.environ["NICEGUI_STORAGE_PATH"] = str(storage)
    with uncollected(), hidden(*CLIENTS):
        from nicegui import Client, background_tasks, ui
        from nicegui import app as pages_app

    leave_out_pool()
    with uncollected():
        from app import pages
        from app.pages.first_paint.assets import ICON
        from app.pages.jobs.reader import refuse_act
        from app.pages.live import bridge, own_sockets
        from app.pages.shell.standing_notice import say

    database = database_mark.database_of(settings.database_url)
    if database is not None and (loss := database_mark.find_loss(database)):
        accept = partial(database_mark.accept_loss, database)
        say(loss, accept=accept, refuse=partial(refuse_act, Act.CHANGE))
    pages.prepare(settings)
    pages_app.on_startup(lambda: bridge.start(bus))
    pages_app.on_startup(lambda: background_tasks.create(bus.listen(), name="event bus"))
    pages_app.on_shutdown(bridge.stop)
    if settings.log_level == "debug":
        pages_app.on_startup(_report_slow_callbacks)
    front = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    ui.run_with(
        front,
        root=pages.root,
        title="Jobdeck",
        favicon=ICON,
        dark=None,
        language="en-US",
        storage_secret=settings.secret_key.get_secret_value(),
        session_middleware_kwargs={
            "session_cookie": preferences_cookie(settings.port),
            "same_site": "strict",
            # With `max_age`, Starlette refuses a cookie that was signed before the clock was set back; so the browser
            # alone is told how long to keep it.
            "max_age": None,
            "path": f"/; Max-Age={PREFERENCES_SECONDS}",
        },
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_SECONDS,
        message_history_length=REPLAYED_MESSAGES,
        show_welcome_message=False,
        tailwind=False,
        gzip_middleware_factory=None,
    )
    hosts = Hosts(host=settings.host, port=settings.port, allowed=settings.allowed_hosts)

    def count_tabs() -> int:  # from any thread
        return sum(client.has_socket_connection for client in tuple(Client.instances.values()))

    use_prefix(settings.root_path)
    programs = api.build(settings, bus, count_tabs=count_tabs)
    otlp.publish(programs.state.families.collect)
    entrance = Entrance(Compressed(front), programs=programs)
    limited = WriteLimit(entrance, per_minute=settings.token_writes_per_minute)
    guard = Guard(otlp.traced(_behind_the_door(limited, own_sockets.owns, settings)), hosts=hosts)
    return Forwarded(guard, trusted=settings.trusted_proxies, root_path=settings.root_path)


def _behind_the_door(app: ASGIApp, owns: Callable[[str, Visit], bool], settings: Settings) -> ASGIApp:
    """Put the doorkeeper before the application.

    Raises:
        Unavailable: the database is away, so that it is not known whether there are accounts.
    """
    cookie = f"jobdeck_session_{settings.port}"
    visits = Visits()
    visits.has_accounts()
    provider = provider_door(settings)
    sign_in = SignIn(
        cookie=cookie,
        preferences=preferences_cookie(settings.port),
        provider=provider,
        tries=settings.sign_in_tries,
    )
    # Who has a provider wants to know who asks, from the first account on.
    is_local = is_loopback(settings.host) and provider is None
    return Doorkeeper(app, sign_in=sign_in, owns=owns, visits=visits, cookie=cookie, is_local=is_local)


def provider_door(settings: Settings) -> ProviderDoor | None:
    """Return the way to the identity provider; None: the settings name none."""
    if settings.oidc_issuer is None:
        return None
    assert settings.oidc_client_id is not None
    assert settings.secret_key is not None
    secret = settings.oidc_client_secret
    registration = Registration(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=None if secret is None else secret.get_secret_value(),
        role_claim=settings.oidc_role_claim,
    )
    return ProviderDoor(registration, secret_key=settings.secret_key.get_secret_value(), port=settings.port)


def preferences_cookie(port: int) -> str:
    """Return the name of the cookie of a browser's preferences. Cookies know no ports."""
    return f"jobdeck_{port}"


def _report_slow_callbacks() -> None:
    """Let asyncio log what holds up the event loop, which all people share."""
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = SLOW_CALLBACK_SECONDS
    loop.set_debug(True)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """End in good order; uvicorn calls it again after it has closed everything."""
    raise SystemExit(0)
