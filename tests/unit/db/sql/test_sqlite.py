"""SQLite's write lock: who waits for it gets it, and who writes without end lets others go first."""

import sqlite3
import threading
import time

import pytest

from app.db.sql import sqlite
from app.db.sql.sessions import session
from app.db.sql.sqlite import PATIENT_SECONDS, letting_others_first
from app.errors import Unavailable
from tests.store import stored
from tests.waiting import until


@pytest.fixture
def other_program(database: str) -> sqlite3.Connection:
    """A connection of another program that holds the write lock."""
    connection = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_write_waits_for_the_lock_and_is_done_when_it_is_free(other_program: sqlite3.Connection) -> None:
    ids: list[int] = []
    writer = threading.Thread(target=lambda: ids.append(stored().job_id))
    writer.start()

    was_waiting = writer.is_alive() and ids == []
    other_program.execute("ROLLBACK")
    writer.join()
    other_program.close()

    assert was_waiting
    assert len(ids) == 1


def test_a_lock_that_is_never_free_is_told_in_a_sentence(
    other_program: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_SECONDS", 0)

    with pytest.raises(Unavailable):
        stored()
    other_program.close()


def test_files_are_in_wal_mode_so_that_readers_wait_for_nobody(other_program: sqlite3.Connection) -> None:
    with session() as opened:
        mode = opened.connection().exec_driver_sql("PRAGMA journal_mode").scalar_one()
    other_program.close()

    assert mode == "wal"


def test_who_lets_others_go_first_looks_for_the_lock_seldom(
    other_program: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = time.sleep

    def note(seconds: float) -> None:
        pauses.append(seconds)
        sleep(seconds)

    monkeypatch.setattr("app.db.sql.sqlite.time.sleep", note)

    def write() -> None:
        with letting_others_first():
            stored()

    writer = threading.Thread(target=write)
    writer.start()
    until(lambda: pauses)
    other_program.execute("ROLLBACK")
    writer.join()
    other_program.close()

    assert set(pauses) == {PATIENT_SECONDS}
