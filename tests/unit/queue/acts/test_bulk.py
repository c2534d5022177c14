"""An act on many jobs is a job itself, which waits so that it can be undone."""

from datetime import timedelta

import pytest

from app.db import JobFilter, State
from app.errors import InvalidInput
from app.jobs.bulk_act import bulk_act
from app.queue import registry
from app.queue.acts.bulk import MAX_IDS, UNDO_SECONDS, act_on_ids, act_on_matching, fits_any
from tests.actors import ME
from tests.store import claimed, done, stored


@pytest.fixture(autouse=True)
def _kind(room: object) -> None:
    """The kind of such acts."""
    registry.add(bulk_act)


def test_an_act_waits_and_names_each_job_once() -> None:
    asked = act_on_ids("cancel", [2, 1, 2], by=ME)

    assert (asked.title, asked.state, asked.created_by) == ("Cancel 2 jobs", State.SCHEDULED, "me")
    assert asked.params["ids"] == [2, 1], "in the order in which they were given"
    assert act_on_ids("retry", [2, 1, 2], by=ME).params["ids"] == [1, 2], (
        "who was started after another comes behind it"
    )
    assert asked.run_at is not None
    assert timedelta(0) < asked.run_at - asked.created_at <= timedelta(seconds=UNDO_SECONDS)


@pytest.mark.parametrize("ids", [[], range(1, MAX_IDS + 2)])
def test_no_ids_and_too_many_are_refused_with_what_to_do_instead(ids: list[int]) -> None:
    with pytest.raises(InvalidInput) as caught:
        act_on_ids("delete", ids, by=ME)

    [error] = caught.value.fields
    assert (error.field, error.message) == (
        "ids",
        f"Give 1 to 12,000 ids; these are {len(ids):,}. Act on more in parts, or on all that match a filter: that "
        "takes any number.",
    )


def test_an_act_on_all_that_match_leaves_out_what_is_started_later() -> None:
    newest = [stored() for _ in range(3)][-1].job_id

    asked = act_on_matching("retry", JobFilter(text="count"), by=ME)

    assert asked.title == "Retry all matching jobs"
    assert (asked.params["matching"]["text"], asked.params["matching"]["newest_id"]) == ("count", newest)


def test_an_act_is_offered_where_it_would_find_a_job_in_a_fitting_state() -> None:
    waiting, ended = stored(), stored()
    assert claimed(ended)
    assert done(ended, outcome="failed", result=None)

    assert [fits_any(act, of=[waiting.job_id]) for act in ("cancel", "retry", "delete")] == [True, False, False]
    assert [fits_any(act, of=[ended.job_id]) for act in ("cancel", "retry", "delete")] == [False, True, True]
    assert fits_any("delete", of=JobFilter())
    assert not fits_any("delete", of=JobFilter(states=frozenset({State.QUEUED})))
