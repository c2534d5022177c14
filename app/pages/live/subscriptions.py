"""What a sub page listens to, undone when the page is left.

NiceGUI drops a subscription when the browser tab goes, not when a sub page is left: after dashboard, job, dashboard
there would be two callbacks, one of them on deleted elements. A page makes one `Subscriptions` as its first element and
adds everything it listens to. What the listeners do is the page's, and is done as its person: by itself it would have
the rights of whoever caused the event, or of the bus, to which no kind is private.
"""

import logging
from collections.abc import Callable
from typing import Any, ParamSpec, cast

from nicegui import Event, background_tasks, binding
from nicegui.helpers import expects_arguments, should_await
from nicegui.slot import Slot

from app.pages.live.own_sockets import for_reader_of
from app.pages.widgets.markup import Plain

logger = logging.getLogger(__name__)
P = ParamSpec("P")


class Subscriptions(Plain):
    """Everything one sub page listens to; an invisible element, so it goes when the page or the tab goes.

        async def page() -> None:
            subscriptions = Subscriptions()
            subscriptions.add(live.job_changed, table.update_row)
            subscriptions.add_undo(live.subscribe_cards(cards.apply))

    Event loop only. Adding after the page was left (a load that came back late) undoes at once.
    """

    def __init__(self) -> None:
        """Begin with nothing; stands where the page's elements stand, takes no room (an inert `<template>`)."""
        self._undo: list[Callable[[], object]] = []
        super().__init__("template")

    def add(self, event: Event[P], callback: Callable[P, object] | Callable[[], object]) -> None:
        """Call `callback` at each `event`, in the page's own context and as its person, until the page is left."""
        slot = None if self.is_deleted else self.parent_slot
        if slot is None:
            return

        def own(*args: Any) -> None:  # equal to no other tab's callback: `unsubscribe` removes all that are equal
            if self.is_deleted:
                return  # by what another callback did at this event
            with for_reader_of(self.client):
                result = cast("Callable[..., object]", callback)(*args)
                if should_await(result):  # a task that NiceGUI made afterwards would have the rights of the event
                    background_tasks.create(result, name="follow an event", context=slot)

        with slot:
            event.subscribe(own, expect_args=expects_arguments(callback), unsubscribe_on_delete=False)
        self.add_undo(lambda: event.unsubscribe(own))

    def follow(self, source: object, name: str, show: Callable[[Any], object]) -> None:
        """Call `show` with the bindable property `name` of `source`: now, and at each change until the page is left."""
        slot = None if self.is_deleted else self.parent_slot
        if slot is None:
            return

        def own(value: object) -> None:
            if not self.is_deleted:
                with for_reader_of(self.client):
                    show(value)

        follower = _Follower(slot, own, getattr(source, name))
        binding.bind_from(follower, "value", source, name)
        self.add_undo(lambda: binding.remove([follower]))

    def add_undo(self, undo: Callable[[], object]) -> None:
        """Call `undo` once when the page is left; at once if it was already left."""
        if self.is_deleted:
            undo()
        else:
            self._undo.append(undo)

    def _handle_delete(self) -> None:
        """Undo everything; NiceGUI calls this when the element or its tab goes (`Element._handle_delete`)."""
        undo, self._undo = self._undo, []
        for step in undo:
            try:
                step()
            except Exception:
                logger.exception("A subscription could not be undone")
        super()._handle_delete()


class _Follower:
    """The other end of a binding that calls a function, in the page's own context."""

    value = binding.BindableProperty(on_change=lambda sender, value: cast("_Follower", sender)._show(value))

    def __init__(self, slot: Slot, show: Callable[[Any], object], value: object) -> None:
        self._slot, self._callback = slot, show
        self.value = value
        self._show(value)

    def _show(self, value: object) -> None:
        with self._slot:
            self._callback(value)
