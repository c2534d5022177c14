"""The chain of the audit: whoever changes, removes or slips in an entry breaks it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.db.audit import chain, entries, reading
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.sql import engine
from tests.actors import ME


def note(number: int) -> None:
    entries.note(Entry(act="cancel", target=f"job:{number}", by=ME, details={"é": [1.5, None]}))


def linked(count: int) -> None:
    """Write entries and link them."""
    for number in range(1, count + 1):
        note(number)
    while chain.link():
        pass


def meddle(*acts: str) -> None:
    """Do what only somebody can do who takes the triggers away."""
    with engine.writer().begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("audit_is_not_changed", "audit_is_linked_once", "audit_is_not_removed"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for act in acts:
            connection.execute(text(act))


@pytest.mark.both_databases
def test_entries_are_linked_in_order_and_the_chain_holds(database: str) -> None:
    assert chain.verify() == chain.Verdict(checked=0, waiting=0, seq=0, hash="", broken=None)
    linked(3)
    note(4)

    verdict = chain.verify()

    assert (verdict.checked, verdict.waiting, verdict.seq, verdict.broken) == (3, 1, 3, None)
    found = reading.list_entries()
    assert [(one.target, one.seq) for one in found] == [("job:4", None), ("job:3", 3), ("job:2", 2), ("job:1", 1)]
    assert found[1].hash == verdict.hash


@pytest.mark.parametrize(
    ("acts", "sentence"),
    [
        (
            ["UPDATE audit SET target = 'job:9' WHERE seq = 2"],
            "Link 2 does not hold: its entry (#2: cancel job:9 by me",
        ),
        (["UPDATE audit SET details = '{}' WHERE seq = 3"], "Link 3 does not hold"),
        (["DELETE FROM audit WHERE seq = 2"], "Link 2 is missing."),
        (["DELETE FROM audit WHERE seq = 1"], "Link 1 is missing."),
        (["DELETE FROM audit WHERE seq > 2"], "Link 3 is missing, and all that followed it."),
        (["UPDATE audit SET seq = -seq WHERE seq > 2", "UPDATE audit SET seq = 7 + seq WHERE seq < 0"], "Link 3 does"),
        (["DELETE FROM audit"], "Link 1 is missing, and all that followed it."),
        (["UPDATE audit_chain SET last_hash = 'x'"], "Link 4 is not the one that the chain ended with."),
    ],
)
def test_the_first_link_that_does_not_hold_is_named(database: str, acts: list[str], sentence: str) -> None:
    linked(4)

    meddle(*acts)

    assert (chain.verify().broken or "").startswith(sentence)


@pytest.mark.both_databases
def test_writers_and_linkers_at_once_make_one_chain(database: str) -> None:
    def write_and_link(number: int) -> None:
        for each in range(5):
            note(number * 10 + each)
            chain.link(limit=3)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write_and_link, range(4)))
    while chain.link():
        pass

    verdict = chain.verify()
    assert (verdict.checked, verdict.waiting, verdict.broken) == (20, 0, None)
    assert sorted(one.seq or 0 for one in reading.list_entries()) == list(range(1, 21))


@pytest.mark.both_databases
def test_entries_that_are_too_old_go_and_the_rest_still_holds(database: str) -> None:
    linked(3)
    since = now()
    linked(2)
    note(6)

    assert chain.prune(since, limit=2) == 2
    assert chain.prune(since) == 1
    assert chain.prune(since) == 0

    verdict = chain.verify()
    assert (verdict.checked, verdict.seq, verdict.broken) == (2, 5, None)
    assert len(reading.list_entries()) == 3
    meddle("DELETE FROM audit WHERE seq = 4")
    assert chain.verify().broken == "Link 4 is missing."


def test_what_is_not_linked_yet_is_never_too_old(database: str) -> None:
    note(1)

    assert chain.prune(now() + timedelta(days=1)) == 0


def test_a_long_chain_is_looked_at_in_pieces(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 2)
    linked(5)
    assert chain.verify().checked == 5

    meddle("UPDATE audit SET act = 'start' WHERE seq = 5")

    assert (chain.verify().broken or "").startswith("Link 5 does not hold")
