"""The list of running and waiting jobs: the one custom component that is fed by messages instead of element updates.

Why it is not made of NiceGUI elements: docs/decisions/0006-small-scripts.md.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from nicegui import json
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.db import FINISHED
from app.pages.jobs.reader import refuse_act
from app.pages.jobs.state_badge import LOOKS
from app.pages.time.clock import TIME_SCRIPT, milliseconds
from app.rights import Act as RightTo

Act = Callable[[int], Awaitable[None] | None]
_last_written: tuple[Mapping[str, Any] | None, dict[int, str]] = (None, {})
"""The message that was written last, and the call that hands it to an element, by that one's id: each tick gives the
same one to all tabs, in most of which the element has the same id."""


class RunningJobs(Element, component="running_jobs.js", dependencies=[TIME_SCRIPT]):
    """A card for each running job: bar, step, rate, times, log tail, cancel, force stop; those that wait are one line
    that unfolds. Event loop only.
    """

    def __init__(
        self, cards: Sequence[Mapping[str, Any]], *, waiting: Mapping[str, int], on_cancel: Act, on_force: Act
    ) -> None:
        """Draw the first cards.

        Args:
            cards: as `live.cards()` makes them.
            waiting: how many jobs are queued and retried, with or without a card.
            on_cancel: called with the job's id.
            on_force: called with the id of a job that is asked to stop and does not.
        """
        super().__init__()
        self.props["cards"] = list(cards)
        self.props["waiting"] = dict(waiting)
        self.props["looks"] = {str(state): asdict(look) for state, look in LOOKS.items()}
        self.props.set_optional("refusal", refuse_act(RightTo.CANCEL))
        self.props["served"] = milliseconds(datetime.now(UTC))
        self.unfinished_ids = {int(card["id"]) for card in cards}
        """The jobs that are shown as not finished yet; the history leaves them out until then."""
        self.on("cancel", lambda event: _report(on_cancel, event))
        self.on("force", lambda event: _report(on_force, event))

    def apply(self, message: Mapping[str, Any]) -> None:
        """Show what one tick brought (`live.subscribe_cards`)."""
        for card in message.get("set", ()):
            state = card.get("state")
            if state is not None:
                (self.unfinished_ids.discard if state in FINISHED else self.unfinished_ids.add)(card["id"])
        self.unfinished_ids.difference_update(message.get("del", ()))
        # What `run_method` makes for an answer that nobody waits for, and writing the same message for each tab, is a
        # third of what hundreds of tabs cost.
        if not self.is_deleted and not self.client.is_deleted:
            self.client.outbox.enqueue_message("run_javascript", {"code": _call(message, self.id)}, self.client.id)

    def offer_cancel(self, job_id: int) -> None:
        """Offer Cancel again: it could not be asked for."""
        self.run_method("offerCancel", job_id)


def _call(message: Mapping[str, Any], element_id: int) -> str:
    global _last_written
    if _last_written[0] is not message:
        _last_written = (message, {})
    calls = _last_written[1]
    if element_id not in calls:
        calls[element_id] = f"runMethod({element_id}, 'apply', [{json.dumps(message)}])"
    return calls[element_id]


def _report(act: Act, event: GenericEventArguments) -> Awaitable[None] | None:
    return act(event.args) if isinstance(event.args, int) else None
