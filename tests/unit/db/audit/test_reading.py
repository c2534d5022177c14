"""The list of the audit."""

from datetime import timedelta

import pytest

from app.actor import Actor, ActorKind
from app.db.audit import entries, reading
from app.db.audit.entries import Entry, Result
from app.db.audit.reading import AuditFilter
from app.db.clock import now
from tests.actors import ME, person


@pytest.fixture
def three(database: str) -> None:
    """Three entries of two people."""
    entries.note(Entry(act="start", target="job:1", by=ME))
    entries.note(Entry(act="start", target="job:12", by=person("ann")))
    robot = Actor(kind=ActorKind.TOKEN, name="ann", via="api")
    entries.note(Entry(act="pause", target="queue:job:1", by=robot, result=Result.REFUSED, reason="No."))


@pytest.mark.parametrize(
    ("which", "ids"),
    [
        (AuditFilter(), [3, 2, 1]),
        (AuditFilter(actor="ann"), [3, 2]),
        (AuditFilter(act="start"), [2, 1]),
        (AuditFilter(target="job:1"), [1]),
        (AuditFilter(target="job"), [2, 1]),
        (AuditFilter(target="j_b"), []),
        (AuditFilter(result="refused"), [3]),
        (AuditFilter(actor="ann", act="start"), [2]),
        (AuditFilter(since=now() + timedelta(days=1)), []),
        (AuditFilter(until=now() - timedelta(days=1)), []),
    ],
)
def test_entries_are_found_by_who_what_and_when(three: None, which: AuditFilter, ids: list[int]) -> None:
    assert [one.id for one in reading.list_entries(which)] == ids


def test_all_entries_are_read_some_at_a_time(three: None) -> None:
    pages = list(reading.every_entry(AuditFilter(), at_once=2))

    assert [[one.id for one in page] for page in pages] == [[3, 2], [1]]
