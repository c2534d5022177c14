"""The list below the search box that offers what can stand at the cursor: fields, and values that jobs really have."""

import asyncio
from time import monotonic

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.db.queries.completion import SAMPLED_JOBS, Completion, Vocabulary, complete, read_vocabulary
from app.db.queries.language import MAX_CHARACTERS
from app.errors import AppError
from app.pages.time.durations import count, short_count
from app.queue import registry

KEPT_SECONDS = 20.0
_kept: tuple[float, Vocabulary] | None = None
_lock = asyncio.Lock()


class QueryCompletion(Element, component="completion.js"):
    """The list; closed until somebody types. Event loop only."""

    def __init__(self, field: Element) -> None:
        """`field`: the input that it belongs to, drawn before it."""
        super().__init__()
        self.props["of"] = field.id
        self.on("ask", self._ask)

    async def _ask(self, event: GenericEventArguments) -> None:
        text, at = event.args
        if not isinstance(text, str) or not isinstance(at, int) or not 0 <= at <= len(text) <= MAX_CHARACTERS:
            return
        vocabulary = await known_vocabulary()
        if not self.is_deleted:
            self.props["answer"] = _answer(text, complete(text, at, vocabulary), vocabulary)


async def known_vocabulary() -> Vocabulary:
    """Return what jobs have, some seconds old at most; nothing of it while the database is away. Event loop only."""
    global _kept
    async with _lock:
        if _kept is None or monotonic() - _kept[0] > KEPT_SECONDS:
            try:
                _kept = (monotonic(), await asyncio.to_thread(read_vocabulary, private=registry.private))
            except AppError:
                return Vocabulary()  # the page says what is away; fields are offered all the same
        return _kept[1]


def forget() -> None:
    """Read anew the next time."""
    global _kept
    _kept = None


def _answer(text: str, found: Completion, vocabulary: Vocabulary) -> dict[str, object]:
    """Write what is offered for the browser."""
    is_part = found.is_sampled and vocabulary.sampled >= SAMPLED_JOBS
    items = [
        {
            "insert": one.insert,
            "note": one.note or _title(text[: found.begin] + one.insert),
            "count": "" if one.count is None else short_count(one.count),
            "is_open": one.is_open,
        }
        for one in found.items
    ]
    foot = f"Counted in the newest {count(vocabulary.sampled)} jobs." if is_part else ""
    return {"text": text, "begin": found.begin, "end": found.end, "items": items, "foot": foot}


def _title(query: str) -> str:
    """Return the title of the kind that a query ends with; nothing where it ends with another."""
    before, _, name = query.rpartition("kind:")
    kind = registry.find(name) if query != before else None
    return kind.title if kind is not None else ""
