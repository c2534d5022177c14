"""The chip above the history that says whose children are listed."""

from collections.abc import Callable

from nicegui import ui

from app.pages.widgets.markup import box, name_for_tests


def parent_chip(parent_id: int, *, on_drop: Callable[[], None]) -> None:
    """Draw "Children of #12", which leads to that job, and the button that lists all jobs again."""
    with box("jd-tag jd-tag--removable", tag="span"):
        ui.link(f"Children of #{parent_id}", f"/jobs/{parent_id}").classes(replace="jd-tag__link")
        with box("jd-tag__drop", tag="button").on("click", on_drop, []) as drop:
            drop.props["type"] = "button"
            drop.props["aria-label"] = f"Not only children of #{parent_id}"
            drop.props["title"] = "Remove"
            ui.icon("close").props["aria-hidden"] = "true"
    name_for_tests(drop, "drop-parent")
