"""Two jobs, or two attempts, side by side: params, result, error, times and logs, with what differs marked."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from urllib.parse import parse_qsl, urlencode, urlsplit

from nicegui import ui

from app.db import JobSnapshot
from app.db.queries.comparing import two_jobs
from app.db.queries.comparing.two_jobs import MOST_LINES, ComparedLine, Comparison
from app.db.queries.jobs import MAX_ID
from app.db.snapshots.parts import Attempt
from app.errors import AppError
from app.pages.comparison.sides import Row, line_rows, time_rows, value_rows
from app.pages.jobs.one_line import failure_text
from app.pages.jobs.reader import seen_params
from app.pages.jobs.state_badge import StateBadge
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.shell.missing import missing, unreadable
from app.pages.shell.tab_title import name_page
from app.pages.time.clock import Clock
from app.pages.widgets.markup import Link, Text, box, name_for_tests, own_address
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import skeleton

READ_PAUSE_SECONDS = 1.0
_DIGITS = len(str(MAX_ID))
_ONLY = ("show", "differences")
_ATTEMPTS = re.compile("([1-9][0-9]{0,8}),([1-9][0-9]{0,8})")


def page(job_id: str, other_id: str) -> None:
    """Draw the page of two jobs; what is not a job's number has no page."""
    for given in (job_id, other_id):
        if not (given.isascii() and given.isdecimal() and len(given) <= _DIGITS):
            missing(f"“{given[:40]}” is not a job's number.", "A job's number is in the history, as #12.")
            return
    ComparisonPage(int(job_id), int(other_id))


class ComparisonPage:
    """One tab's view of two jobs: it is drawn anew when one of them changes. Event loop only."""

    def __init__(self, one_id: int, other_id: int) -> None:
        """Draw placeholders and begin to load."""
        self._ids = (one_id, other_id)
        given = dict(parse_qsl(urlsplit(ui.context.client.sub_pages_router.current_path).query))
        attempts = _ATTEMPTS.fullmatch(given.get("attempts", ""))
        self._attempts = None if attempts is None else (int(attempts[1]), int(attempts[2]))
        self._url = f"/jobs/{one_id}/compare/{other_id}"
        self._is_only_differences = _ONLY in given.items()
        self._shown: Comparison | None = None
        Text("h1", "Two jobs side by side", classes="jd-hidden")
        self.root = box("jd-compare")
        name_page(f"#{one_id} and #{other_id}" if self._attempts is None else f"Attempts of #{one_id}")
        reading = ReadLoop(self._read, name="compare two jobs", element=self.root, pause_seconds=READ_PAUSE_SECONDS)
        self._ask = reading.ask
        subscriptions = Subscriptions()
        subscriptions.add(bridge.job_changed, self._on_job)
        subscriptions.add(bridge.refreshed, reading.ask)
        with self.root, box("jd-panel"):
            skeleton(lines=6)
        reading.ask()

    def _on_job(self, job: JobSnapshot) -> None:
        if job.id in self._ids:
            self._ask()

    async def _read(self) -> None:
        outcome: Comparison | AppError
        try:
            outcome = await asyncio.to_thread(two_jobs.compare, *self._ids, attempts=self._attempts)
        except AppError as error:
            outcome = error
        if self.root.is_deleted or outcome == self._shown:
            return
        self._shown = outcome if isinstance(outcome, Comparison) else None
        self.root.clear()
        with self.root:
            if isinstance(outcome, Comparison):
                self._draw(outcome)
            else:
                unreadable(outcome, on_retry=self._ask)

    def _draw(self, found: Comparison) -> None:
        one, other = found.one, found.other
        self._mark()
        with box("jd-panel", tag="section"):
            with panel_head("Two jobs" if found.attempts is None else "Two attempts"):
                self._draw_switch()
            with box("jd-compare__heads"):
                for job, attempt in zip((one, other), found.attempts or (None, None), strict=True):
                    _draw_job(job, attempt)
        _draw_values("Params", "params", value_rows(seen_params(one), seen_params(other)))
        _draw_values("Result", "result", value_rows(one.result, other.result))
        if one.error is not None or other.error is not None:
            texts = [None if job.error is None else failure_text(job.error) for job in (one, other)]
            _draw_values("Error", "error", value_rows(*texts))
        _draw_values("Times", "timing", time_rows(one, other))
        _draw_log(found.log)

    def _draw_switch(self) -> None:
        only = ui.switch("Only what differs", value=self._is_only_differences)
        only.on_value_change(lambda event: self._show_only(is_wanted=bool(event.value)))
        name_for_tests(only.props("dense data-view"), "only-differences")

    def _show_only(self, *, is_wanted: bool) -> None:
        self._is_only_differences = is_wanted
        query = {"attempts": ",".join(map(str, self._attempts))} if self._attempts else {}
        query |= dict([_ONLY]) if is_wanted else {}
        ui.navigate.history.replace(own_address(self._url + (f"?{urlencode(query, safe=',')}" if query else "")))
        self._mark()

    def _mark(self) -> None:
        self.root.classes(**{"add" if self._is_only_differences else "remove": "jd-compare--only"})


def _draw_job(job: JobSnapshot, attempt: Attempt | None) -> None:
    with box("jd-compare__job"):
        with Link(target=f"/jobs/{job.id}", classes="jd-jobs__link"):
            Text("span", job.title, classes="jd-jobs__title")
            Text("span", f"#{job.id}", classes="jd-id")
        if attempt is None:
            StateBadge(job.state, job_id=job.id)
        else:
            Text("b", f"Attempt {attempt.number}: {attempt.state.replace('_', ' ')}")
        with box("jd-compare__when", tag="span"):
            Text("span", "started " if job.started_at else "created ")
            Clock(job.started_at or job.created_at)


def _draw_values(title: str, name: str, rows: Sequence[Row]) -> None:
    different = sum(not row.is_same for row in rows)
    with _part(title, name, different, is_empty=not rows):
        if not rows:
            Text("p", "Neither has any.", classes="jd-note jd-note--padded")
            return
        with box("jd-compare__table", tag="table") as table:
            table.props["aria-label"] = title
            with box(tag="tbody"):
                for row in rows:
                    _draw_row(row, name=row.name or title)


def _draw_row(row: Row, *, name: str) -> None:
    with box("" if row.is_same else "jd-compare__row--other", tag="tr") as line:
        line.props["data-same"] = "true" if row.is_same else "false"
        head = Text("th", name, classes="jd-compare__name")
        head.props["scope"] = "row"
        for text, since in ((row.one, row.one_since), (row.other, row.other_since)):
            with box(tag="td"):
                with box("jd-compare__value", tag="span"):
                    if since is None:
                        Text("span", text)
                    else:
                        Clock(since, mode="duration")
                        Text("span", " so far")
                if not row.is_same:
                    Text("span", "differs", classes="jd-hidden")


def _draw_log(lines: Sequence[ComparedLine]) -> None:
    different = sum(line.of != "both" for line in lines)
    with _part("Log", "log", different, is_empty=not lines):
        if not lines:
            Text("p", f"Nothing differs in the last {MOST_LINES:,} lines of each.", classes="jd-note jd-note--padded")
            return
        with box("jd-compare__log") as log:
            log.props["role"] = "region"
            log.props["aria-label"] = "Lines of both logs"
            log.props["tabindex"] = 0
            for one, other in line_rows(lines):
                is_same = one == other
                _draw_line(one, "same" if is_same else "one")
                _draw_line(other, "same" if is_same else "other")


def _draw_line(text: str | None, side: str) -> None:
    line = Text("code", text or "", classes="jd-compare__line")
    line.props["data-side"] = "none" if text is None else side


def _part(title: str, name: str, different: int, *, is_empty: bool) -> AbstractContextManager[object]:
    words = "the same" if not different else f"{different} {'differs' if different == 1 else 'differ'}"
    card = name_for_tests(box("jd-panel jd-compare__part", tag="section"), f"compare-{name}")
    card.props["data-same"] = "false" if different else "true"
    with card, panel_head(title, note="" if is_empty else words):
        pass
    return card
