"""The database locked by another program: nothing is lost, and the API says in words what is the matter."""

import httpx
import pytest

from app.db import State
from tests.e2e.folder import Folder
from tests.e2e.instance import Instance
from tests.waiting import until


@pytest.mark.both_databases
def test_while_the_database_is_locked_a_start_is_refused_in_words_and_outcomes_are_kept(
    instance: Instance, folder: Folder
) -> None:
    ending, failing = instance.start("wait", folder=folder), instance.start("fail_at_first", folder=folder)
    instance.wait_for(ending, State.RUNNING)
    waiting = instance.start_many(2, "count", delay_seconds=1, folder=folder)

    with instance.database.locked():
        folder.let_go()
        until(lambda: "ended 1" in folder.notes(ending))
        refused = instance.api.post("/api/v1/kinds/count/start", json={"params": {"folder": str(folder)}})
        seen = instance.job(ending)

    assert_says_busy(refused)
    assert seen.state == State.RUNNING
    assert instance.wait_for(ending, State.SUCCEEDED).result == 1
    instance.wait_for_all([failing, *waiting, instance.start("count", folder=folder)], State.SUCCEEDED)
    assert folder.runs([ending, failing, *waiting]) == {ending: 1, failing: 2, waiting[0]: 1, waiting[1]: 1}
    assert [instance.outcomes(job_id) for job_id in (ending, *waiting)] == [["succeeded"]] * 3


def assert_says_busy(response: httpx.Response) -> None:
    """Check that the answer is a problem in words, with the time to try again."""
    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"
    assert int(response.headers["Retry-After"]) > 0
    assert response.json()["detail"] == "The database is busy: another program holds its lock."
