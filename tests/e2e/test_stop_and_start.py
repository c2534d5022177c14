"""The whole instance stopped in good order or killed, and started again on the same data folder."""

import pytest

from app.db import State
from tests.e2e.conftest import KINDS
from tests.e2e.folder import Folder
from tests.e2e.instance import Instance
from tests.waiting import until


def test_after_everything_was_killed_running_jobs_run_again_and_queued_ones_run(
    own_instance: Instance, folder: Folder
) -> None:
    own_instance.run()
    running = own_instance.start_many(2, "wait_two_at_once", folder=folder)
    own_instance.wait_for_all(running, State.RUNNING)
    queued = own_instance.start_many(3, "wait_two_at_once", folder=folder)
    scheduled = own_instance.start("count", delay_seconds=1, folder=folder)

    own_instance.kill_all()
    own_instance.run()

    own_instance.wait_until_lost(running)
    folder.let_go()  # at once: one that waited may have the place that is free between the two rescues
    own_instance.wait_for_all([*running, *queued, scheduled], State.SUCCEEDED)
    assert all("began 2" in folder.notes(job_id) for job_id in running)
    assert [own_instance.outcomes(job_id) for job_id in running] == [["lost", "succeeded"]] * 2
    assert [own_instance.outcomes(job_id) for job_id in (*queued, scheduled)] == [["succeeded"]] * 4


def test_a_stop_gives_running_jobs_their_grace_and_hands_back_the_others(
    own_instance: Instance, folder: Folder
) -> None:
    own_instance.run()
    finishing = own_instance.start("finish_work", folder=folder)
    kinds = ("wait", "ask_nothing", "swallow", "sleep_deeply")
    handed_back = [own_instance.start(kind, folder=folder) for kind in kinds]
    own_instance.wait_for_all([finishing, *handed_back], State.RUNNING)
    until(lambda: all(folder.notes(job_id) for job_id in (finishing, *handed_back)))

    with own_instance.stopping():
        (folder.path / "finish").touch()
    own_instance.run()

    folder.let_go()
    own_instance.wait_for_all([finishing, *handed_back], State.SUCCEEDED)
    assert own_instance.outcomes(finishing) == ["succeeded"]
    for job_id in handed_back:
        assert own_instance.outcomes(job_id) == ["handed_back", "succeeded"]
        assert own_instance.job(job_id).max_attempts == 2
        assert State.RETRYING not in own_instance.states(job_id)


def test_jobs_whose_kind_is_gone_fail_with_a_sentence(own_instance: Instance, folder: Folder) -> None:
    own_instance.run()
    orphans = [own_instance.start(kind, delay_seconds=1, folder=folder) for kind in ("count", "count_aside")]
    with own_instance.stopping():
        pass
    own_instance.jobs = []
    own_instance.run()
    own_instance.jobs = [KINDS]

    for job in own_instance.wait_for_all(orphans, State.FAILED):
        assert job.error is not None
        assert job.error.message == f"No file here declares the kind {job.kind!r} any more."
        assert folder.notes(job.id) == []
    assert own_instance.api.post(f"/api/v1/jobs/{orphans[0]}/retry", json={}).status_code == 404
    with own_instance.stopping():  # the next one needs the kinds again
        pass


@pytest.mark.both_databases
def test_an_older_version_ends_when_a_newer_one_has_changed_the_database_and_loses_nothing(
    own_instance: Instance, folder: Folder
) -> None:
    own_instance.run()
    ends_meanwhile, waits = own_instance.start("wait", folder=folder), own_instance.start("wait", folder=folder)
    own_instance.wait_for_all([ends_meanwhile, waits], State.RUNNING)
    queued = own_instance.start("count", delay_seconds=1, folder=folder)

    with own_instance.database.changed_by_newer():
        folder.let_go(job_id=ends_meanwhile)
        status = own_instance.wait_until_ended()
    own_instance.run()  # as the newer one would: it knows the shape

    assert status == 1
    assert "Another version of Jobdeck has changed the database (revision 9999" in own_instance.printed()
    folder.let_go()
    own_instance.wait_for_all([ends_meanwhile, waits, queued], State.SUCCEEDED)
    for job_id in (ends_meanwhile, waits, queued):
        assert own_instance.outcomes(job_id).count("succeeded") == 1
        assert State.FAILED not in own_instance.states(job_id)
