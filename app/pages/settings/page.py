"""The page: the names of the sections at its side, above it on a phone, and the one that the address names."""

from collections.abc import Iterable

from app.pages.settings.section import Section
from app.pages.settings.sections import SECTIONS
from app.pages.shell.missing import missing
from app.pages.shell.tab_title import name_page
from app.pages.widgets.focus import push_into_sight
from app.pages.widgets.markup import Icon, Link, Text, box, name_for_tests
from app.settings import Settings, load_settings

_told: list[Settings] = []


def tell(settings: Settings) -> None:
    """Say which settings this process was started with. Once for each web process; tests read the environment."""
    _told[:] = [settings]


def page(name: str = SECTIONS[0].name) -> None:
    """Draw a section and the way to the others."""
    present = next((one for one in SECTIONS if one.name == name), None)
    if present is None:
        missing("There are no such settings.", f"The settings have no part “{name[:60]}”.")
        return
    Text("h1", "Settings", classes="jd-hidden")
    with box("jd-settings"):
        _navigation(SECTIONS, present=present)
        with name_for_tests(box("jd-column"), f"settings-{present.name}"):
            present.draw(_told[0] if _told else load_settings())
    name_page(present.title)


def _navigation(sections: Iterable[Section], *, present: Section) -> None:
    with box("jd-settings__nav", tag="nav") as nav:
        nav.props["aria-label"] = "Settings"
        for section in sections:
            with Link(target=section.path, classes="jd-settings__link") as link:
                Icon(section.icon).props["aria-hidden"] = "true"
                Text("span", section.title)
            link.props.set_optional("aria-current", "page" if section is present else None)
            name_for_tests(link, f"go-settings-{section.name}")
            if section is present:
                push_into_sight(nav, link)
