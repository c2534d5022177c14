"""WHAT PEOPLE SEE: a room for each page, with its data, its parts and its style sheets.

What several pages need is in `jobs`, `previews`, `start`, `live`, `time` and `widgets`; the frame around all of them is
`shell`. Pages change jobs only through `app.queue`. HTTP routes and the process are not here: the web process calls
`prepare()` once and serves `root`.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from nicegui import ElementFilter, app, background_tasks, core, ui

from app.db import JobFilter, JobSnapshot
from app.db.queries import jobs as stored_jobs  # `jobs` is a room of this package
from app.errors import AppError
from app.pages.comparison import page as comparison_page
from app.pages.dashboard import page as dashboard_page
from app.pages.dashboard import reading as dashboard_reading
from app.pages.dashboard.readers_day import ReadersDay
from app.pages.first_paint.assets import serve_assets
from app.pages.first_paint.page_json import write_pages_escaped
from app.pages.flow import page as flow_page
from app.pages.history import page as history_page
from app.pages.insights import page as insights_page
from app.pages.job import page as job_page
from app.pages.jobs.acts import find_file, keep_file, start_job
from app.pages.jobs.state_badge import LOOKS
from app.pages.live import bridge, own_sockets
from app.pages.live.desktop_notices import tell_of_notices
from app.pages.live.outgoing import shorten_way
from app.pages.schedules import detail as schedule_detail
from app.pages.schedules import page as schedules_page
from app.pages.settings import page as settings_page
from app.pages.shell.delivery import mend_connections
from app.pages.shell.layout import PLACES, frame
from app.pages.shell.palette import JobSource, Palette
from app.pages.shell.palette_arrival import LEAVE_PALETTE, open_by_click
from app.pages.shell.palette_entries import JobLine
from app.pages.shell.shortcuts import HELP, PALETTE, PREFIX, SEARCH, Shortcuts, show_shortcuts
from app.pages.shell.sub_pages import Pages
from app.pages.shell.tab_title import TabTitle
from app.pages.start.dialog import open_start_dialog
from app.pages.start.draft import recent_first
from app.pages.start.fields.upload_field import UploadField
from app.pages.start.link import asked_start, usable
from app.pages.widgets.focus import leave_focus_alone
from app.pages.widgets.markup import keep_little, own_address
from app.pages.widgets.toast import toast
from app.pages.workers import page as workers_page
from app.queue import registry
from app.queue.kinds.kind import Kind
from app.settings import Settings

__all__ = ["prepare", "root"]

RECENT_JOBS = 20
"""So many of the last jobs are found in the palette by their words."""


def prepare(settings: Settings) -> None:
    """Serve the assets and styles, mend connections, and keep the dashboard's figures while the app runs.

    Once for each web process.
    """
    serve_assets()
    mend_connections()
    leave_focus_alone()
    settings_page.tell(settings)
    own_sockets.refuse_others()
    keep_little()
    write_pages_escaped()
    shorten_way(core.sio)
    UploadField.max_bytes = settings.max_upload_mb * 1024**2
    app.on_startup(dashboard_reading.start)
    app.on_shutdown(dashboard_reading.stop)


def root() -> None:
    """Draw the frame and, inside it, the page of the address; moving between pages never reloads."""
    names = {place.path: place.label for place in PLACES if place.path != "/"}
    day = ReadersDay(dashboard_reading.figures, use_zone=dashboard_reading.use_zone)
    TabTitle(bridge.totals, day, names=names)
    opens_palette = partial(open_by_click, on_palette=_open_palette, on_leave=_leave_palette)
    tell_of_notices()
    with frame(bridge.connection, opens_palette=opens_palette):
        Pages({
            "/": dashboard_page.page,
            "/history": history_page.page,
            "/jobs/{job_id}": job_page.page,
            "/jobs/{job_id}/compare/{other_id}": comparison_page.page,
            "/jobs/{job_id}/flow": flow_page.page,
            "/schedules": schedules_page.page,
            "/schedules/{schedule_id}": schedule_detail.page,
            "/insights": insights_page.page,
            "/settings": settings_page.page,
            "/settings/{name}": settings_page.page,
            "/workers": partial(workers_page.page, dashboard_reading.figures, ask=dashboard_reading.ask),
        })  # fmt: skip
    router = ui.context.client.sub_pages_router
    router.on_path_changed(_open_asked)
    _open_asked(router.current_path)
    Shortcuts({
        PALETTE: _open_palette,
        LEAVE_PALETTE: _leave_palette,
        SEARCH: lambda: ui.navigate.to("/history"),
        HELP: show_shortcuts,
        **{f"{PREFIX} {place.key}": partial(ui.navigate.to, place.path) for place in PLACES},
    })  # fmt: skip


def _open_palette() -> None:
    used, others = recent_first(registry.listed)
    Palette([*used, *others], jobs=JobSource(recent=_recent_jobs, find=_find_job), on_start=_start).open()


async def _recent_jobs() -> list[JobLine]:
    try:
        page = await asyncio.to_thread(stored_jobs.list_jobs, JobFilter(), limit=RECENT_JOBS)
    except AppError:
        return []  # the head of the page says what is away
    return [_line(job) for job in page.items]


async def _find_job(number: int) -> JobLine | None:
    try:
        return _line(await asyncio.to_thread(stored_jobs.get_job, number))
    except AppError:
        return None


def _line(job: JobSnapshot) -> JobLine:
    look = LOOKS[job.state]
    return JobLine(id=job.id, title=job.title, state=look.label, icon=look.icon)


def _leave_palette() -> None:
    for palette in list(ElementFilter(kind=Palette)):
        palette.delete()


async def _start(kind: Kind[Any, Any], initial: Mapping[str, Any] | None = None) -> None:
    await open_start_dialog(
        kind, on_start=partial(start_job, kind), keep_file=keep_file, find_file=find_file, initial=initial
    )


def _open_asked(path: str) -> None:
    """Open the form that an address asks for, once: a reload does not open it again."""
    asked = asked_start(path)
    if asked is None:
        return
    ui.navigate.history.replace(own_address("/"))
    kind = registry.find(asked.kind)
    if kind is None or not kind.is_listed:
        toast(f"There is no kind “{asked.kind[:60]}” to start.", tone="error")
        return
    start = _start(kind, usable(kind, asked.params))
    background_tasks.create(start, name="open a form by its link", context=ui.context.client.layout)
