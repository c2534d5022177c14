"""The address of the history: it says what is shown, and Back, Forward and links change what is shown."""

from collections.abc import Callable
from weakref import WeakMethod, ref

from nicegui import ui
from nicegui.element import Element

from app.pages.history.view import PATH, HistoryView
from app.pages.widgets.markup import own_address


def follow_address(show: Callable[[str], None], *, page: Element) -> None:
    """Call `show` with the address now and whenever it changes to another one of the history.

    NiceGUI builds a page anew only when its path changes, not when its query does.

    Args:
        show: a method of the page.
        page: nothing is shown any more when it was deleted.
    """
    router, weak_show, weak_page = ui.context.client.sub_pages_router, WeakMethod(show), ref(page)

    def changed(path: str) -> None:  # nothing can undo this subscription, so it must keep no page alive
        shows, place = weak_show(), weak_page()
        if shows is not None and place is not None and not place.is_deleted and path.split("?")[0] == PATH:
            with place:
                shows(path)

    router.on_path_changed(changed)
    show(router.current_path)


def move_to(view: HistoryView, *, before: HistoryView, is_new_step: bool) -> None:
    """Put a view into the address: as a step that Back undoes, or in place of the last one."""
    if view != before:
        (ui.navigate.history.push if is_new_step else ui.navigate.history.replace)(own_address(view.url))
