"""The frame around every page: header, navigation, and the place in which a page is drawn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.element import Element

from app.pages.appearance.density import apply_density
from app.pages.appearance.theme import ThemeSwitch
from app.pages.first_paint.assets import begin_page
from app.pages.shell.connection import ConnectionIndicator
from app.pages.shell.standing_notice import draw_notice
from app.pages.shell.tab_title import NAME
from app.pages.time.browser_zone import tell_zone
from app.pages.widgets.markup import Icon, Link, Text, box, name_for_tests
from app.pages.widgets.panel import shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page that the navigation leads to."""

    path: str
    label: str
    icon: str
    key: str
    """The key after `g` that goes there."""
    is_aside: bool = False
    """Whether it stands as an icon beside the others: it is not for every day."""
    words: str = ""
    """What else the palette finds it by."""


PLACES = (
    Place(path="/", label="Dashboard", icon="space_dashboard", key="d"),
    Place(path="/history", label="History", icon="history", key="h"),
    Place(path="/schedules", label="Schedules", icon="schedule", key="s"),
    Place(path="/workers", label="Workers", icon="dns", key="w"),
    Place(path="/insights", label="Insights", icon="insights", key="i"),
    Place(
        path="/settings",
        label="Settings",
        icon="settings",
        key=",",
        is_aside=True,
        words="appearance theme dark light time zone account password sign out people tokens retention about version",
    ),
)
DAILY = tuple(place for place in PLACES if not place.is_aside)


@contextmanager
def frame(connection: Any, *, opens_palette: Callable[[Element], None]) -> Iterator[Element]:
    """Draw header and navigation around a page; what is made inside is the page.

    Args:
        connection: bindable, with `state` and `sentence` (`live.connection`).
        opens_palette: makes an element one that opens the palette.
    """
    links: list[tuple[str, Element]] = []
    client = ui.context.client
    layout = client.layout
    begin_page(client.request, name=NAME, places={place.path: place.label for place in DAILY})
    tell_zone()
    apply_density()
    with layout:
        header = box("jd-header", tag="header")
    header.move(target_index=0)  # beside Quasar's <main>, not inside it: landmarks do not nest
    with header, box("jd-header__row"):
        with Link(target="/", classes="jd-brand") as brand:
            brand.props["aria-label"] = f"{NAME}, to the dashboard"
            _logo()
            Text("span", NAME)
        with box("jd-nav", tag="nav") as nav:
            nav.props["aria-label"] = "Pages"
            for place in DAILY:
                link = Link(place.label, place.path, classes="jd-nav__link")
                links.append((place.path, name_for_tests(link, f"go-{place.label.lower()}")))
        ConnectionIndicator(connection)
        _palette_button(opens_palette)
        with box("jd-header__aside"):
            links += [_icon_link(place) for place in PLACES if place.is_aside]
            ThemeSwitch()
    with header:
        draw_notice()
    with box("jd-main") as main:
        yield main
    with layout:
        links += _tab_bar(opens_palette)
    ui.skip_link("Skip to the page", target=main)
    _mark_present_place(links)


def _icon_link(place: Place) -> tuple[str, Element]:
    with Link(target=place.path, classes="jd-icon-button") as link:
        _icon(place.icon)
    link.props["aria-label"] = link.props["title"] = place.label
    return place.path, name_for_tests(link, f"go-{place.label.lower()}")


def _palette_button(opens_palette: Callable[[Element], None]) -> None:
    agent = ui.context.client.request.headers.get("user-agent", "")
    with box("jd-palette-button", tag="button") as button:
        button.props["type"] = "button"
        button.props["aria-keyshortcuts"] = "Control+K Meta+K"
        name_for_tests(button, "palette")
        Text("span", "Search or start a job")
        Text("kbd", "⌘K" if "Macintosh" in agent else "Ctrl K", classes="jd-key")
    opens_palette(button)


def _tab_bar(opens_palette: Callable[[Element], None]) -> list[tuple[str, Element]]:
    """Draw the navigation of a phone, at the foot."""
    links: list[tuple[str, Element]] = []
    with box("jd-tabbar", tag="nav") as bar:
        bar.props["aria-label"] = "Pages, at the foot"
        for place in DAILY:
            with Link(target=place.path, classes="jd-tabbar__link") as link:
                _icon(place.icon)
                Text("span", place.label)
            links.append((place.path, link))
        with box("jd-tabbar__link", tag="button") as button:
            button.props["type"] = "button"
            _icon("bolt")
            Text("span", "Start")
        opens_palette(button)
    return links


def _mark_present_place(links: list[tuple[str, Element]]) -> None:
    router = ui.context.client.sub_pages_router

    def mark(path: str) -> None:
        present = path.partition("?")[0].partition("#")[0].rstrip("/") or "/"
        for target, link in links:
            is_present = target == present or present.startswith(f"{target}/")
            link.props.set_optional("aria-current", "page" if is_present else None)

    mark(router.current_path)
    router.on_path_changed(mark)


def _icon(name: str) -> None:
    Icon(name).props["aria-hidden"] = "true"


def _logo() -> None:
    with box(tag="svg") as svg:
        svg.props["viewBox"] = "0 0 24 24"
        svg.props["aria-hidden"] = "true"
        shape(tag="rect", x=1, y=1, width=22, height=22, rx=6.5, fill="currentColor")
        for x, y, height in ((6.2, 7.5, 8), (10.9, 10.5, 7), (15.6, 6, 9)):
            shape(tag="rect", x=x, y=y, width=2.2, height=height, rx=1.1, fill="var(--jd-on-accent)")
