"""A query finds the jobs that it describes, on both databases."""

from datetime import timedelta

import pytest

from app.db import JobFilter
from app.db.clock import now
from app.db.queries import jobs
from app.db.snapshots.parts import Failure
from tests.actors import person
from tests.store import claimed, done, stored

pytestmark = pytest.mark.both_databases

IMPORT, MAIL, REPORT, WAITING = "import", "mail", "report", "waiting"


@pytest.fixture
def named(database: str) -> dict[int, str]:
    """Four jobs that differ in all that can be asked for, by their numbers."""
    customer = {"customer": {"id": 123, "name": "Ada O'Neil"}, "urgent": True, "sizes": [1, 2.5, "big"]}
    first = stored(
        kind="import_readings",
        queue="night",
        tags=["nightly", "import"],
        params=customer,
        by=person("ops"),
        search_text='import_readings "sensor 12" übersicht',
        title="Import of sensor 12",
    )
    second = stored(
        kind="send_mail", queue="mail", params={"customer": {"id": 7}, "urgent": False, "note": "a 50%_off"}
    )
    third = stored(kind="import_prices", params={"customer": {"id": "123"}, "since": "2026-10-01"}, priority="high")
    fourth = stored(kind="count", search_text="count (soon) -x")
    began = now()
    assert all(claimed(each, worker) for each, worker in ((first, "host-1"), (second, "host-2"), (third, "host-2")))
    failure = Failure(type="KeyError", message="'customer_id'", signature="s")
    assert done(first, "host-1", outcome="failed", failure=failure, result=None, at=began + timedelta(seconds=90))
    assert done(second, "host-2", result={"sent": "3 rows"}, at=began + timedelta(seconds=5))
    return {first.job_id: IMPORT, second.job_id: MAIL, third.job_id: REPORT, fourth.job_id: WAITING}


QUERIES = {
    "": {IMPORT, MAIL, REPORT, WAITING},
    "state:failed": {IMPORT},
    "state:queued,running": {REPORT, WAITING},
    "kind:import_*": {IMPORT, REPORT},
    "kind:import_readings": {IMPORT},
    'kind:"import_*"': set(),
    "kind:IMPORT_readings": set(),
    "queue:mail": {MAIL},
    "priority:high": {REPORT},
    "tag:nightly": {IMPORT},
    "tag:night": set(),
    "tag:*": {IMPORT},
    "by:ops": {IMPORT},
    "worker:host-2": {MAIL, REPORT},
    "-worker:host-2": {IMPORT, WAITING},
    "-worker:*": {WAITING},
    "params.customer.id:123": {IMPORT, REPORT},
    "params.customer.id:>100": {IMPORT},
    "params.customer.id:<=7": {MAIL},
    "params.customer.id:*": {IMPORT, MAIL, REPORT},
    'params.customer.name:"ada o\'neil"': {IMPORT},
    "params.customer.name:ada*": {IMPORT},
    "params.urgent:true": {IMPORT},
    "params.urgent:false": {MAIL},
    "params.urgent:1": set(),
    "params.sizes:2.5": {IMPORT},
    "params.sizes:>2": {IMPORT},
    "params.sizes:big": {IMPORT},
    "params.note:*%_off": {MAIL},
    "params.since:>2026-09-30": {REPORT},
    "params.nothing:1": set(),
    'title:"SENSOR 12"': {IMPORT},
    "error:keyerror": {IMPORT},
    "error:\"KeyError: 'customer_id'\"": {IMPORT},
    "error:*": {IMPORT},
    'result:"3 rows"': {MAIL},
    "duration:>30s": {IMPORT},
    "duration:<10s": {MAIL, REPORT},
    "duration:>1m30.5s": set(),
    "wait:<1h": {IMPORT, MAIL, REPORT},
    "wait:>1h": set(),
    "attempt:>0": {IMPORT, MAIL, REPORT},
    "attempt:0": {WAITING},
    "after:today OR before:today": {IMPORT, MAIL, REPORT, WAITING},
    "after:2h": {IMPORT, MAIL, REPORT, WAITING},
    "before:2h": set(),
    "after:2001-01-01 before:2001-01-02T08:30Z": set(),
    "schedule:*": set(),
    "parent:1": set(),
    "sensor": {IMPORT},
    "ÜBERSICHT": {IMPORT},
    '"sensor 12"': {IMPORT},
    '"12 sensor"': set(),
    "12 sensor": {IMPORT},
    '"(soon)" "-x"': {WAITING},
    "state:failed OR queue:mail": {IMPORT, MAIL},
    "kind:import_* -state:failed": {REPORT},
    "kind:import_* NOT state:failed": {REPORT},
    "-(state:failed OR queue:mail)": {REPORT, WAITING},
    "NOT NOT state:failed": {IMPORT},
    "state:failed AND kind:import_*": {IMPORT},
    "worker:host-1 OR worker:host-2 params.customer.id:7": {IMPORT, MAIL},
    "(worker:host-1 OR worker:host-2) params.customer.id:7": {MAIL},
}


def test_a_query_finds_what_it_describes(named: dict[int, str]) -> None:
    found = {text: {named[job.id] for job in jobs.list_jobs(JobFilter(text=text)).items} for text in QUERIES}

    assert found == QUERIES


def test_a_job_is_found_by_its_number(named: dict[int, str]) -> None:
    number = min(named)

    for text in (f"id:{number}", f"id:#{number}", f"#{number} kind:import_readings", f"id:<={number}"):
        assert [job.id for job in jobs.list_jobs(JobFilter(text=text)).items] == [number], text
