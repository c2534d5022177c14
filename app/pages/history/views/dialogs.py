"""The dialogs that keep a view under a name, and give it another."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from app.pages.widgets.dialog import Dialog, draw_acts
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue.acts.views.keeping import MAX_NAME_LENGTH

OnName = Callable[[str, bool], Awaitable[str | None]]
"""Called with a name and whether others see the view; returns why it cannot be, None where it was done."""


def ask_name(title: str, *, query: str = "", name: str = "", asks_shared: bool, act: str, on_name: OnName) -> Dialog:
    """Open the dialog, and return it.

    Args:
        title: what is done.
        query: what the view finds, shown below the title.
        name: what stands in the field.
        asks_shared: whether it asks who sees the view.
        act: the verb on the button.
        on_name: called when the person is sure; what it refuses is said at the field.
    """
    with Dialog(title) as dialog, box("jd-dialog jd-confirm"):
        Text("h2", title, classes="jd-confirm__title")
        if query:
            Text("code", query, classes="jd-views__query")
        field = ui.input("Name", value=name).props(f"outlined dense maxlength={MAX_NAME_LENGTH} autofocus")
        name_for_tests(field.classes("jd-confirm__field"), "view-name")
        shared = ui.switch("Everybody sees it").classes("jd-confirm__field")
        name_for_tests(shared, "view-shared").set_visibility(asks_shared)
        draw_acts(act, lambda: go(), name="view-save", on_leave=dialog.close)

    async def go() -> None:
        if not dialog.value:
            return
        problem = await on_name(field.value or "", bool(shared.value))
        if dialog.is_deleted:
            return
        if problem is None:
            dialog.close()
            return
        field.error = problem

    field.on("keydown.enter", go)
    dialog.open()
    return dialog
