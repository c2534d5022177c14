"""How long finished jobs are kept, and what would go if that were another time."""

import asyncio

from nicegui import background_tasks
from nicegui.element import Element

from app.db.queries.storage import Pruned, would_be_pruned
from app.errors import AppError
from app.pages.settings.retention.rule_list import RetentionRules
from app.pages.settings.section import Section, card, setting
from app.pages.time.clock import Clock
from app.pages.time.durations import count, plural, size
from app.pages.widgets.markup import Link, Text, box, name_for_tests
from app.pages.widgets.placeholders import problem, skeleton
from app.settings import Settings, variable

LENGTHS = (7, 30, 90, 365)
KIND = "prune_history"


def _draw(settings: Settings) -> None:
    days = settings.retention_days
    with card("Retention", note="Finished jobs go with their logs and files, each night. Unfinished ones stay."):
        with setting("Kept for", help_text=f"Set by {variable('retention_days')} where Jobdeck is started."):
            kept = Text("b", plural(days, "day") if days else "For ever", classes="jd-setting__value")
            name_for_tests(kept, "retention-days")
        with setting("Pruning", help_text="The job that removes them, and what it removed so far."):
            Link("Its jobs", f"/history?kind={KIND}", classes="jd-link")
    RetentionRules(days)
    with card(
        "What other lengths would remove now",
        note="For all jobs, whatever the rules. Sizes are estimates: each job is taken to be as large as the others.",
    ):
        with name_for_tests(box("jd-figures__scroll"), "retention-preview") as place:
            skeleton(lines=4)
    lengths = sorted({*LENGTHS, days} - {0}, reverse=True)
    background_tasks.create(_preview(lengths, place, days=days), name="preview of pruning", context=place)


async def _preview(lengths: list[int], place: Element, *, days: int) -> None:
    try:
        found = await asyncio.to_thread(would_be_pruned, lengths)
    except AppError as error:
        place.clear()
        with place:
            problem(error.message, error.hint)
        return
    if not place.is_deleted:
        place.clear()
        with place:
            _table(found, days=days)


def _table(found: list[Pruned], *, days: int) -> None:
    with box("jd-figures", tag="table"):
        with box(tag="thead"), box(tag="tr"):
            for heading in ("Kept for", "Jobs that go", "Room", "Oldest end"):
                Text("th", heading).props["scope"] = "col"
        with box(tag="tbody"):
            for one in sorted(found, key=lambda one: one.days):
                with box(tag="tr") as row:
                    row.props["data-present"] = "true" if one.days == days else "false"
                    with box(tag="td"):
                        Text("span", plural(one.days, "day"))
                        if one.days == days:
                            Text("span", "now", classes="jd-tag")
                    Text("td", count(one.jobs))
                    Text("td", f"about {size(one.size_bytes)}" if one.jobs else "none")
                    with box(tag="td"):
                        Clock(one.oldest_at)


RETENTION = Section(name="retention", title="Retention", icon="auto_delete", draw=_draw)
