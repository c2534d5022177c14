"""The connection: what is said while a database cannot be used."""

import os
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.db import State
from app.db.lifecycle import requests
from app.db.lifecycle import rescue as rescues
from app.db.lifecycle.start import Message, requeue
from app.db.queries import counts
from app.db.sql import engine
from app.db.sql.compiled import Compiled
from app.db.sql.sessions import reading, session
from app.errors import Unavailable
from tests.actors import ME
from tests.patience import patient
from tests.postgres import PostgresServer
from tests.store import claimed, stored

NOBODY = "postgresql+psycopg://jobdeck:pa55word@127.0.0.1:1/jobdeck"


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server to be stopped, and started again by the test that did it."""
    with PostgresServer() as server:
        yield server
    engine.disconnect()


def said() -> str:
    """Return what is said when the database is asked now; nothing when it answers."""
    try:
        counts.state_totals()
    except Unavailable as error:
        return error.message
    return ""


def test_no_server_is_said_in_a_sentence_without_the_password() -> None:
    engine.connect(NOBODY)
    with pytest.raises(Unavailable) as caught:
        counts.state_totals()
    engine.disconnect()
    assert caught.value.message == "The database server does not run there."


def test_an_unknown_database_is_said(postgresql: PostgresServer) -> None:
    engine.connect(postgresql.url("nothing"))
    assert said() == "The database server has no database, or no user, of this name."
    engine.disconnect()


def test_a_database_without_tables_is_said(postgresql: PostgresServer) -> None:
    engine.connect(postgresql.url("postgres"))
    assert said() == "The database has no tables yet, or was emptied. Restart Jobdeck to set it up."
    engine.disconnect()


@pytest.mark.thorough
def test_a_server_that_was_stopped_is_said_and_used_again_when_it_is_back(own_server: PostgresServer) -> None:
    engine.connect(own_server.url("postgres"))
    with session() as opened:
        opened.execute(text("SELECT 1"))

    own_server.stop()
    assert said() == "The database server does not run there."

    own_server.start()
    with session() as opened:
        assert opened.execute(text("SELECT 1")).scalar() == 1


def test_a_connection_that_breaks_before_commit_is_unavailability(own_server: PostgresServer) -> None:
    engine.connect(own_server.url("postgres"))

    def write() -> None:
        with session(write=True) as opened:
            opened.execute(text("CREATE TABLE half (id int)"))
            own_server.stop()

    with pytest.raises(Unavailable, match=r"stopped, or ended the connection|cannot be reached"):
        write()
    own_server.start()
    with session() as opened:
        assert opened.execute(text("SELECT to_regclass('half')")).scalar() is None


def test_a_connection_that_breaks_under_a_prepared_statement_is_unavailability(own_server: PostgresServer) -> None:
    engine.connect(own_server.url("postgres"))
    one = Compiled(text("SELECT 1 WHERE 1 = CAST(:one AS INTEGER)"), ["one"])

    def read() -> None:
        with reading() as opened:
            own_server.stop()
            one.run(opened, [{"one": 1}])

    with pytest.raises(Unavailable, match=r"stopped, or ended the connection|cannot be reached"):
        read()
    own_server.start()
    with reading() as opened:
        assert one.run(opened, [{"one": 1}]).fetchall() == [(1,)]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_connections_that_the_server_ended_while_they_waited_are_replaced(
    database: str, postgresql: PostgresServer
) -> None:
    first = stored().job_id
    with postgresql.administrator(database) as other:
        told = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s"
        ended = other.execute(told, [engine.application_name(os.getpid())]).fetchall()

    assert ended
    assert all(is_ended for (is_ended,) in ended)
    assert stored().job_id == first + 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_read_only_server_is_said(database: str) -> None:
    engine.connect(f"{database}&options=-c%20default_transaction_read_only%3Don")
    with pytest.raises(Unavailable, match="the server is read-only, as a standby is"):
        stored()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_statement_that_takes_too_long_is_cut_off(database: str) -> None:
    engine.connect(f"{database}&options=-c%20statement_timeout%3D10")
    with pytest.raises(Unavailable, match="took too long to answer"), session() as opened:
        opened.execute(text("SELECT pg_sleep(30)"))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_lock_that_another_program_holds_is_said(database: str, postgresql: PostgresServer) -> None:
    job_id = stored().job_id
    with postgresql.administrator(database) as other, other.transaction():
        other.execute("SELECT * FROM job FOR UPDATE")
        engine.connect(f"{database}&options=-c%20lock_timeout%3D10")
        with pytest.raises(Unavailable, match="another program holds its lock"):
            requests.cancel(job_id, by=ME)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_writes_that_wait_for_each_other_are_undone_in_words(database: str) -> None:
    first, second = stored().job_id, stored().job_id
    both_hold, ended = threading.Barrier(2, timeout=patient(10)), []

    def lock(mine: int, others: int) -> None:
        try:
            with session(write=True) as opened:
                opened.execute(text("SET LOCAL deadlock_timeout = 10"))
                requeue.lock(opened, mine)
                both_hold.wait()
                requeue.lock(opened, others)
            ended.append("committed")
        except Unavailable as error:
            ended.append(error.message)

    threads = [threading.Thread(target=lock, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ended) == ["The database is busy: two writes waited for each other, and one was undone.", "committed"]


@pytest.mark.both_databases
def test_moves_in_opposite_directions_do_not_wait_for_each_other_for_ever(database: str) -> None:
    """Claims go from queued to running, rescues from running to queued: they change the same totals."""
    messages = [stored() for _ in range(40)]
    for message in messages[:20]:
        claimed(message, "dead")
    problems: list[str] = []

    def claim(chosen: list[Message]) -> None:
        try:
            for message in chosen:
                claimed(message, "w")
        except Unavailable as error:
            problems.append(error.message)

    def rescue(chosen: list[Message]) -> None:
        try:
            for message in chosen:
                rescues.rescue("dead", only=[message.job_id])
        except Unavailable as error:
            problems.append(error.message)

    threads = [
        threading.Thread(target=claim, args=(messages[20:30],)),
        threading.Thread(target=rescue, args=(messages[:10],)),
        threading.Thread(target=claim, args=(messages[30:],)),
        threading.Thread(target=rescue, args=(messages[10:20],)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    totals = counts.state_totals()
    assert (totals[State.QUEUED], totals[State.RUNNING]) == (20, 20)
