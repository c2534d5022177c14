"""WHAT PEOPLE SEE: one file per page; `components/` are the drawn parts, `live` and `figures` the bridges to what
happens.

Pages load, compose and wire; they change jobs only through `app.queue`. HTTP routes and the process are not here: the
web process calls `prepare()` once and serves `root`.
"""

from functools import partial
from typing import Any

from nicegui import ElementFilter, app, ui

from app.pages import dashboard, figures, history, job, live
from app.pages.components.layout import PLACES, add_styles, frame
from app.pages.components.palette import Palette
from app.pages.components.palette_arrival import LEAVE_PALETTE, open_by_click
from app.pages.components.readers_day import ReadersDay
from app.pages.components.shortcuts import HELP, PALETTE, PREFIX, SEARCH, Shortcuts, show_shortcuts
from app.pages.components.start_form import open_start_dialog
from app.pages.components.sub_pages import Pages
from app.pages.components.tab_title import TabTitle
from app.pages.components.upload_field import UploadField
from app.queue import registry
from app.queue.kind import Kind
from app.settings import Settings

__all__ = ["prepare", "root"]


def prepare(settings: Settings) -> None:
    """Serve the assets and styles, and keep the dashboard's figures while the app runs. Once for each web process."""
    add_styles()
    UploadField.max_bytes = settings.max_upload_mb * 1024**2
    app.on_startup(figures.start)
    app.on_shutdown(figures.stop)


def root() -> None:
    """Draw the frame and, inside it, the page of the address; moving between pages never reloads."""
    names = {place.path: place.label for place in PLACES if place.path != "/"}
    TabTitle(live.totals, ReadersDay(figures.figures, use_zone=figures.use_zone), names=names)
    opens_palette = partial(open_by_click, on_palette=_open_palette, on_leave=_leave_palette)
    with frame(live.connection, opens_palette=opens_palette):
        Pages({"/": dashboard.page, "/history": history.page, "/jobs/{job_id}": job.page})
    Shortcuts({
        PALETTE: _open_palette,
        LEAVE_PALETTE: _leave_palette,
        SEARCH: lambda: ui.navigate.to("/history"),
        HELP: show_shortcuts,
        **{f"{PREFIX} {place.key}": partial(ui.navigate.to, place.path) for place in PLACES},
    })  # fmt: skip


def _open_palette() -> None:
    Palette(registry.listed, on_start=_start).open()


def _leave_palette() -> None:
    for palette in list(ElementFilter(kind=Palette)):
        palette.delete()


async def _start(kind: Kind[Any, Any]) -> None:
    await open_start_dialog(kind)
