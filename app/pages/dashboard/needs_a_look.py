"""What failed today and nobody has seen to yet, by its cause."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from nicegui import ui

from app.db.failures.groups import FailureGroup
from app.pages.dashboard.reading import ask, figures
from app.pages.failures.acts import FailureActs
from app.pages.failures.failure_list import FailureList
from app.pages.live.subscriptions import Subscriptions
from app.pages.time.browser_zone import known_zone
from app.pages.time.durations import plural
from app.pages.widgets.markup import Text, name_for_tests
from app.pages.widgets.panel import panel_head
from app.queue import registry

MOST = 5


def needs_a_look() -> None:
    """Draw the card; it follows the dashboard's figures."""
    subscriptions = Subscriptions()
    with name_for_tests(ui.card().classes(replace="jd-panel jd-dashboard__failures"), "needs-a-look"):
        with panel_head("Needs a look"):
            ui.link("All failures", "/insights").classes(replace="jd-link")
        acts = FailureActs(subscriptions, on_change=ask)
        causes = FailureList(
            title_of=registry.title_of,
            on_retry=acts.retry,
            on_dismiss=acts.dismiss,
            on_take_back=acts.take_back,
            nothing=("Nothing needs a look.", "What fails today is listed here by its cause until it is seen to."),
        )
        more = Text("p", classes="jd-dashboard__more")
    subscriptions.follow(figures, "failures", partial(_show, causes, more))


def of_today(groups: Sequence[FailureGroup]) -> list[FailureGroup]:
    """Return those that failed since the midnight of the person who looks."""
    day_start = datetime.now(known_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    return [one for one in groups if one.last_at >= day_start]


def _show(causes: FailureList, more: Text, found: Sequence[FailureGroup] | None) -> None:
    today = None if found is None else of_today(found)
    causes.show(None if today is None else today[:MOST])
    left = max(0, len(today or []) - MOST)
    more.set_text(f"And {plural(left, 'more cause')}." if left else "")
    if more.visible != bool(left):
        more.visible = bool(left)
