"""What failed today and nobody has seen to yet, by its cause."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from nicegui import background_tasks

from app.db.failures.groups import FailureGroup
from app.pages.dashboard.reading import ask, figures
from app.pages.failures.acts import FailureActs
from app.pages.failures.failure_list import FailureList
from app.pages.live.subscriptions import Subscriptions
from app.pages.time.browser_zone import ask_zone, known_zone
from app.pages.time.durations import plural
from app.pages.widgets.markup import Link, Panel, Text, name_for_tests
from app.pages.widgets.panel import panel_head
from app.queue import registry

MOST = 5


def needs_a_look() -> None:
    """Draw the card; it follows the dashboard's figures."""
    _Card()


def of_today(groups: Sequence[FailureGroup], zone: tzinfo) -> list[FailureGroup]:
    """Return those that failed since midnight in a zone, that of the person who looks."""
    day_start = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return [one for one in groups if one.last_at >= day_start]


class _Card:
    """The card. It knows the reader's zone by itself: the figures are read, and change, in no page's request."""

    def __init__(self) -> None:
        subscriptions = Subscriptions()
        with name_for_tests(Panel("jd-panel jd-dashboard__failures"), "needs-a-look") as self._card:
            with panel_head("Needs a look"):
                Link("All failures", "/insights", classes="jd-link")
            acts = FailureActs(subscriptions, on_change=ask)
            self._causes = FailureList(
                title_of=registry.title_of,
                on_retry=acts.retry,
                on_dismiss=acts.dismiss,
                on_take_back=acts.take_back,
                nothing=("Nothing needs a look.", "What fails today is listed here by its cause until it is seen to."),
            )
            self._more = Text("p", classes="jd-dashboard__more")
        self._zone = known_zone()
        subscriptions.follow(figures, "failures", self._show)
        background_tasks.create(self._follow_zone(), name="zone of what needs a look", context=self._card)

    async def _follow_zone(self) -> None:
        await ask_zone()
        if not self._card.is_deleted and known_zone() != self._zone:
            self._zone = known_zone()
            self._show(figures.failures)

    def _show(self, found: Sequence[FailureGroup] | None) -> None:
        today = None if found is None else of_today(found, self._zone)
        self._causes.show(None if today is None else today[:MOST])
        left = max(0, len(today or []) - MOST)
        self._more.set_text(f"And {plural(left, 'more cause')}." if left else "")
        if self._more.visible != bool(left):
            self._more.visible = bool(left)
