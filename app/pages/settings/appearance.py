"""How the pages look to this person: the theme, and the zone of all times."""

from datetime import UTC, datetime

from nicegui import ui

from app.pages.appearance.density import LABELS, choose_density, chosen_density
from app.pages.appearance.theme import LOOKS, theme_switch
from app.pages.settings.section import Section, card, setting
from app.pages.time.browser_zone import choose_zone, chosen_zone, zones
from app.pages.time.clock import Clock
from app.pages.widgets.markup import box, name_for_tests
from app.settings import Settings

OF_BROWSER = ""


def _draw(_settings: Settings) -> None:
    with card("Appearance", note="Kept for you, in this browser."):
        with setting("Theme", help_text="System: as your computer has it now."):
            themes = {theme: label for theme, (label, _) in LOOKS.items()}
            choice = ui.toggle(themes).bind_value(theme_switch(), "theme")
            choice.props("unelevated no-caps dense").classes("jd-segments").props["aria-label"] = "Theme"
            name_for_tests(choice, "settings-theme")
        with setting("Density", help_text="How much room rows and cards take."):
            density = ui.toggle(LABELS, value=chosen_density())
            density.props("unelevated no-caps dense").classes("jd-segments").props["aria-label"] = "Density"
            density.on_value_change(lambda event: choose_density(event.value))
            name_for_tests(density, "settings-density")
        with setting("Time zone", help_text="Of every time on the pages, and of the times that you type."):
            _draw_zone()
        with setting("It is now"), box("jd-setting__value"):
            Clock(datetime.now(UTC), mode="now")


def _draw_zone() -> None:
    offered = {OF_BROWSER: "As my browser has it", **{zone: zone.replace("_", " ") for zone in zones()}}
    choice = ui.select(offered, value=chosen_zone() or OF_BROWSER, with_input=True)
    choice.props("outlined dense options-dense behavior=menu").classes("jd-search jd-setting__zone")
    choice.props["aria-label"] = "Time zone"
    choice.on_value_change(lambda event: _choose(event.value or None))
    name_for_tests(choice, "settings-zone")


def _choose(zone: str | None) -> None:
    choose_zone(zone)
    ui.navigate.reload()  # every time that is drawn already, the head included, is one of the zone before


APPEARANCE = Section(name="appearance", title="Appearance", icon="contrast", draw=_draw)
