"""What every page says below the head until somebody accepts it, such as that the database lacks what it had."""

import asyncio
from collections.abc import Callable

from nicegui import binding

from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.pages.widgets.toast import toast


@binding.bindable_dataclass
class _Notice:
    """The sentence; empty: nothing is said."""

    sentence: str = ""
    accept: Callable[[], None] = lambda: None
    refuse: Callable[[], str | None] = lambda: None


_notice = _Notice()


def say(sentence: str, *, accept: Callable[[], None], refuse: Callable[[], str | None] = lambda: None) -> None:
    """Say it on every page from now on.

    Args:
        sentence: what is said.
        accept: records that somebody accepted it; called in a thread, may raise OSError.
        refuse: says why the person behind a page may not accept it; None: they may.
    """
    _notice.sentence, _notice.accept, _notice.refuse = sentence, accept, refuse


def draw_notice() -> None:
    """Draw the band, in the header. It goes from every open page when it is accepted on one."""
    with box("jd-band") as band:
        band.props["role"] = "alert"
        band.props["data-tone"] = "error"
        name_for_tests(band, "notice")
        Text("span").bind_text_from(_notice, "sentence")
        with box("jd-band__act", tag="button") as button:
            button.props["type"] = "button"
            name_for_tests(button, "accept-notice")
            Text("span", "Accept")
        if (refusal := _notice.refuse()) is not None:
            button.props["disabled"] = True
            button.props["title"] = refusal
        on_press(button, _accept)
    band.bind_visibility_from(_notice, "sentence", backward=bool)


async def _accept() -> None:
    if (refusal := _notice.refuse()) is not None:
        toast(refusal, tone="error")
        return
    try:
        await asyncio.to_thread(_notice.accept)
    except OSError as error:
        toast("This could not be kept.", f"{error.strerror}.", tone="error")
        return
    _notice.sentence = ""
