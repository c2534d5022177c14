"""Entries of the audit: written with the act they belong to, and never changed by anybody."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.actor import Actor, ActorKind, of_job, of_schedule
from app.db import processes, queues
from app.db.audit import chain, entries, reading
from app.db.audit.entries import Entry, Result
from app.db.lifecycle import requests
from app.db.sql import engine
from app.db.sql.sessions import session
from app.db.states import Asked
from app.errors import WrongState
from tests.actors import ME
from tests.store import claimed, done, inserted, stored

ANN = Actor(kind=ActorKind.PERSON, name="ann", via="page", address="192.0.2.7")


def told() -> list[tuple[str, str, str]]:
    """Return actor, act and target of every entry, the oldest first."""
    return [(one.actor, one.act, one.target) for one in reversed(reading.list_entries())]


def test_what_somebody_did_to_a_job_is_kept_with_who_and_from_where(database: str) -> None:
    message = stored(by=ANN)
    requests.cancel(message.job_id, by=ANN)
    requests.retry(message.job_id, retries=1, by=ANN)
    requests.cancel(message.job_id, by=ANN)
    requests.delete(message.job_id, by=ANN)

    found = list(reversed(reading.list_entries()))
    assert [one.act for one in found] == ["start", "cancel", "retry", "cancel", "delete"]
    assert {(one.target, one.actor, one.actor_kind, one.via, one.address, one.result) for one in found} == {
        ("job:1", "ann", "person", "page", "192.0.2.7", "done")
    }
    assert found[0].details == {"kind": "count", "title": "Count"}


def test_what_happens_by_itself_is_no_entry(database: str) -> None:
    message = stored(by=of_schedule(3))
    stored(by=of_job(message.job_id))
    assert claimed(message)
    assert done(message)

    assert told() == []


def test_a_start_that_was_answered_with_a_job_that_was_there_says_so(database: str) -> None:
    inserted(unique_key="one", by=ANN)
    inserted(unique_key="one", by=ME)

    newest = reading.list_entries()[0]
    assert (newest.actor, newest.target, newest.details["was_there"]) == ("me", "job:1", True)


def test_acts_on_queues_and_workers_are_kept(database: str) -> None:
    queues.pause("mail", until=None, reason="Provider is down", by=ANN)
    queues.resume("mail", by=ANN)
    processes.ask("nobody", Asked.QUIET, by=ANN)

    assert told() == [("ann", "pause", "queue:mail"), ("ann", "resume", "queue:mail")]
    assert reading.list_entries()[1].reason == "Provider is down"


@pytest.mark.both_databases
def test_an_act_that_is_undone_leaves_no_entry(database: str) -> None:
    def cancel_and_fail() -> None:
        with session(write=True) as opened:
            entries.record(opened, [Entry(act="cancel", target="job:1", by=ANN)])
            raise WrongState

    with pytest.raises(WrongState):
        cancel_and_fail()

    assert told() == []


@pytest.mark.both_databases
@pytest.mark.parametrize("is_linked", [True, False])
@pytest.mark.parametrize("act", ["UPDATE audit SET by = 'bob'", "DELETE FROM audit", "UPDATE audit SET seq = seq + 1"])
def test_the_database_refuses_to_change_an_entry(database: str, act: str, is_linked: bool) -> None:
    entries.note(Entry(act="cancel", target="job:1", by=ANN))
    if is_linked:
        chain.link()
    elif "seq" in act:
        act = "UPDATE audit SET act = 'start'"

    with pytest.raises(DBAPIError, match="An entry of the audit is"), engine.writer().begin() as connection:
        connection.execute(text(act.replace(" by ", ' "by" ')))

    assert told() == [("ann", "cancel", "job:1")]


@pytest.mark.both_databases
def test_whatever_a_name_holds_is_kept(database: str) -> None:
    entries.note(Entry(act="pause", target="queue:a\0b\ud800" + "c" * 300, by=ANN, result=Result.REFUSED, reason="é\0"))

    [one] = reading.list_entries()
    assert one.target.startswith("queue:a␀b?ccc")
    assert len(one.target) == entries.MAX_TARGET_LENGTH
