"""The tables of docs/schedules.md say what each library really does with an expression."""

import pytest

from tests.unit.queue.calendar.dialects import (
    CHANGES,
    DAYS,
    DOC,
    LIBRARIES,
    Question,
    has_systemd,
    table,
    tables_of,
    versions,
)

ASKED = [name for name in LIBRARIES if name != "systemd" or has_systemd()]


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "questions"), [("changes", CHANGES), ("days", DAYS)])
def test_each_answer_in_the_document_is_what_the_library_gives(name: str, questions: tuple[Question, ...]) -> None:
    written = tables_of(DOC.read_text())[name]
    columns = [0, *(written[0].index(library) for library in ASKED)]
    assert [[row[column] for column in columns] for row in written] == table(questions, libraries=ASKED)


def test_the_document_names_the_versions_that_were_asked() -> None:
    assert versions() in DOC.read_text()
