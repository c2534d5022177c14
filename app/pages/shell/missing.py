"""A page about something that is not there, or cannot be read."""

from collections.abc import Awaitable, Callable

from app.errors import AppError, NotFound
from app.pages.widgets.markup import Icon, Link, Text, box
from app.pages.widgets.placeholders import problem

HISTORY = ("Open the history", "/history")


def unreadable(
    error: AppError, *, on_retry: Callable[[], Awaitable[None] | None], way: tuple[str, str] = HISTORY
) -> None:
    """Say why what a page is about cannot be shown: it is not there, or it can be tried again."""
    if isinstance(error, NotFound):
        missing(error.message, error.hint or "", way=way)
    else:
        problem(error.message, error.hint, on_retry=on_retry)


def missing(sentence: str, hint: str, *, way: tuple[str, str] = HISTORY) -> None:
    """Say so in the middle of the page, with ways to go on. `way`: the words and the address of the nearest one."""
    with box("jd-panel jd-missing"):
        Icon("search_off").props["aria-hidden"] = "true"
        Text("h1", sentence, classes="jd-missing__title")
        if hint:
            Text("p", hint, classes="jd-missing__hint")
        with box("jd-missing__links"):
            Link(*way, classes="jd-link")
            Link("To the dashboard", "/", classes="jd-link")
