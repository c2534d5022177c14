"""Texts in fields are found whatever the case of their letters, and names only in their own, on both databases."""

import pytest

from app.db import JobFilter
from app.db.queries import jobs
from app.db.snapshots.parts import Failure
from tests.actors import person
from tests.store import claimed, done, stored

pytestmark = pytest.mark.both_databases

QUERIES = {
    "title:übersicht": {"lower", "upper"},
    "title:ÜBERSICHT": {"lower", "upper"},
    "title:ubersicht": set(),
    "error:ÇA": {"lower"},
    'error:"ça n\'a pas marché"': {"lower"},
    "result:ЯЩИЦЫ": {"upper"},
    'result:"say \\"ящицы\\""': {"upper"},
    "kind:Import_*": {"upper"},
    "kind:import_*": {"lower"},
    "kind:*_[x]?": set(),
    "kind:import_[x]?*": {"lower"},
    "queue:Mail*": {"upper"},
    "by:O*": {"upper"},
    "by:ö*": {"lower"},
    "tag:ÄRGER": {"lower"},
    "tag:är*": {"lower"},
    "schedule:٣": set(),
    "State:failed": {"lower"},
    "STATE:failed OR Kind:Import_x": {"lower", "upper"},
}


def test_texts_are_found_in_either_case_and_names_in_their_own(database: str) -> None:
    first = stored(kind="import_[x]?y", title="Große Übersicht", tags=["Ärger"], by=person("öffi"), queue="mail")
    second = stored(kind="Import_x", title="GROSSE ÜBERSICHT", by=person("Otto"), queue="Mail-in")
    assert all(claimed(each) for each in (first, second))
    assert done(
        first, outcome="failed", result=None, failure=Failure(type="E", message="Ça n'a pas marché", signature="s")
    )
    assert done(second, result='say "Ящицы"')
    named = {first.job_id: "lower", second.job_id: "upper"}

    found = {text: {named[job.id] for job in jobs.list_jobs(JobFilter(text=text)).items} for text in QUERIES}

    assert found == QUERIES


def test_half_a_surrogate_pair_is_looked_for_as_it_is_kept(database: str) -> None:
    number = stored(title="odd ? title", search_text="odd ? title").job_id

    for text in ("\ud800", "title:\ud800", "\ud800 OR x\0y"):
        assert [job.id for job in jobs.list_jobs(JobFilter(text=text)).items] == [number], text
