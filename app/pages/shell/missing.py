"""A page about something that is not there."""

from nicegui import ui

from app.pages.widgets.markup import Text, box


def missing(sentence: str, hint: str) -> None:
    """Say so in the middle of the page, with ways to go on."""
    with box("jd-panel jd-missing"):
        ui.icon("search_off").props["aria-hidden"] = "true"
        Text("h1", sentence, classes="jd-missing__title")
        if hint:
            Text("p", hint, classes="jd-missing__hint")
        with box("jd-missing__links"):
            ui.link("Open the history", "/history").classes(replace="jd-link")
            ui.link("To the dashboard", "/").classes(replace="jd-link")
