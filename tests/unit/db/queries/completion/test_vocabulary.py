"""What the newest jobs have, counted at a cost that does not grow with the history."""

import pytest

from app.db.queries.completion import read_vocabulary
from app.db.queries.completion.vocabulary import MOST_CHARACTERS
from tests.store import claimed, done, stored

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.both_databases
def test_the_values_of_jobs_are_counted_by_field_and_path(database: str) -> None:
    params = {"customer": {"id": 123, "name": "Ada"}, "tags": ["a", "b"], "dry": True, "none": None, "a b": 1}
    failed = stored(params=params, tags=["nightly"], queue="mail")
    stored(kind="other", params={"customer": {"id": 123}})
    assert claimed(failed)
    assert done(failed, outcome="failed", result=None)

    found = read_vocabulary()

    assert found.sampled == 2
    assert found.values["kind"] == {"count": 1, "other": 1}
    assert found.values["state"] == {"failed": 1, "queued": 1}
    assert (found.values["queue"], found.values["tag"]) == ({"mail": 1, "default": 1}, {"nightly": 1})
    assert (found.values["by"], found.values["worker"]) == ({"test": 2}, {"w1": 1})
    assert found.paths == {
        "customer.id": {"123": 2},
        "customer.name": {"Ada": 1},
        "tags": {"a": 1, "b": 1},
        "dry": {"true": 1},
    }


def test_params_of_private_kinds_are_offered_to_nobody() -> None:
    stored(params={"salary": 1}, kind="pay")
    stored(params={"day": 2})

    found = read_vocabulary(private={"pay"})

    assert (found.paths, found.sampled) == ({"day": {"2": 1}}, 2)


def test_only_the_newest_jobs_are_read_and_no_long_params(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.db.queries.completion.vocabulary.SAMPLED_JOBS", 2)
    for number, text in enumerate(("old", "x" * MOST_CHARACTERS, "new")):
        stored(params={"text": text}, queue=f"q{number}")

    found = read_vocabulary()

    assert (found.sampled, found.values["queue"]) == (2, {"q2": 1, "q1": 1})
    assert found.paths == {"text": {"new": 1}}
    assert found.values["kind"] == {"count": 3}
