"""The notes on a job, oldest first, and a field for another one."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from app.db.snapshots.parts import Note
from app.pages.jobs.reader import close_to_others
from app.pages.previews.markdown_text import markdown_html, show_markdown
from app.pages.time.clock import Clock
from app.pages.widgets.markup import Panel, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.press import on_press
from app.rights import Act


class NoteList:
    """The card. Event loop only; it reports what was written and knows no database."""

    def __init__(self, job_id: int, *, on_write: Callable[[str], Awaitable[bool]]) -> None:
        """`on_write`: called with a text; says whether it was kept."""
        self._on_write = on_write
        self._shown: Sequence[Note] | None = None
        with name_for_tests(Panel("jd-panel"), "notes"):
            with panel_head("Notes"):
                pass
            self._notes = box("jd-notes")
            with box("jd-notes__new"):
                self._field = ui.textarea(placeholder="What others should know, in Markdown").props("outlined dense")
                self._field.props("autogrow rows=1").props["aria-label"] = "A note on this job"
                name_for_tests(self._field, f"note-{job_id}")
                add = on_press(ui.button("Add note", color=None), self._write).props("unelevated no-caps")
                add.classes("jd-button jd-button--secondary")
                close_to_others(name_for_tests(add, f"add-note-{job_id}"), Act.FAILURES)

    def show(self, notes: Sequence[Note]) -> None:
        """Show these; nothing is drawn anew while they are the same."""
        if notes == self._shown:
            return
        self._shown = notes
        self._notes.clear()
        with self._notes:
            for note in notes:
                with box("jd-note-of"):
                    with box("jd-note-of__head"):
                        Text("b", note.by)
                        Clock(note.at)
                    show_markdown(markdown_html(note.text))

    async def _write(self) -> None:
        text = self._field.value or ""
        if text.strip() and await self._on_write(text) and self._field.value == text:
            self._field.value = ""  # else the next one was begun meanwhile
