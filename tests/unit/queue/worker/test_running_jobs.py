"""Which jobs run in a worker, and which of its threads are held by jobs that are no longer its own to decide."""

from app.queue.worker.running_jobs import RunningJobs
from tests.unit.queue.runs import run_of


def test_a_later_run_of_the_same_job_takes_the_place_of_the_lost_one() -> None:
    running = RunningJobs()
    lost, later = run_of(1, token=1), run_of(1, token=2)
    running.add(lost)

    assert running.add(later) is lost
    running.remove(lost)
    assert running.find(1) is later
    assert (running.has(later), running.has(lost)) == (True, False)
    assert (running.has_attempt(1, 2), running.has_attempt(1, 1)) == (True, False)


def test_a_job_is_named_until_its_outcome_is_durable_but_undecided_only_until_it_has_ended() -> None:
    running, run = RunningJobs(), run_of(7)
    was_idle = not running
    running.add(run)
    run.claim_end()

    assert was_idle
    assert (running.job_ids, running.undecided) == ([7], [])
    running.remove(run)
    assert (running.job_ids, bool(running)) == ([], False)


def test_a_thread_that_its_job_does_not_leave_is_counted_until_it_does() -> None:
    running, run = RunningJobs(), run_of(1, token=3)
    running.add_stray(run)
    run.is_abandoned = True

    assert (running.all, running.with_strays, running.abandoned_threads) == ([], [run], 1)
    assert running.remove_stray(1, 2) is None
    assert running.remove_stray(1, 3) is run
    assert running.abandoned_threads == 0
