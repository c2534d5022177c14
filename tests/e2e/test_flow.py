"""Which of the waiting jobs comes next: priorities, limits of kinds, and jobs that are there only once."""

from app.db import State
from tests.e2e.folder import Folder
from tests.e2e.instance import PROCESSES, THREADS, Instance
from tests.waiting import until

ALL_THREADS = PROCESSES * THREADS


def test_a_high_one_behind_many_that_wait_is_next_and_a_low_one_last(instance: Instance, folder: Folder) -> None:
    busy = instance.start_many(ALL_THREADS, "wait", folder=folder)
    instance.wait_for_all(busy, State.RUNNING)
    order = {"params": {"folder": str(folder)}}
    low = instance.act("/kinds/count/start", {**order, "priority": "low"}).id
    many = instance.start_many(40, "count", folder=folder)
    high = instance.act("/kinds/count/start", {**order, "priority": "high"}).id

    folder.let_go()

    instance.wait_for_all([low, *many, high, *busy], State.SUCCEEDED)
    order_of_begin = sorted((low, *many, high), key=lambda job_id: instance.transitions(job_id)[1].at)
    # The two workers claim side by side: what one has taken first may begin a moment after what the other took next.
    assert high in order_of_begin[:ALL_THREADS]
    assert low in order_of_begin[-ALL_THREADS:]


def test_a_limited_kind_runs_so_many_at_once_and_holds_no_other_thread(instance: Instance, folder: Folder) -> None:
    limited = instance.start_many(6, "wait_two_at_once", folder=folder)
    until(lambda: sum(instance.job(job_id).state == State.RUNNING for job_id in limited) == 2)

    others = instance.start_many(4, "count", folder=folder)

    instance.wait_for_all(others, State.SUCCEEDED)
    assert sum(instance.job(job_id).state == State.RUNNING for job_id in limited) == 2
    folder.let_go()
    instance.wait_for_all(limited, State.SUCCEEDED)
    moves = sorted(
        (move.at, 1 if move.to_state == State.RUNNING else -1)
        for job_id in limited
        for move in instance.transitions(job_id)[1:]
    )
    running = [sum(change for _, change in moves[:count]) for count in range(1, len(moves) + 1)]
    assert max(running) == 2


def test_an_unfinished_job_of_the_same_params_is_the_answer(instance: Instance, folder: Folder) -> None:
    first = instance.start("wait_once", folder=folder)
    body = {"params": {"folder": str(folder)}}

    again = instance.api.post("/api/v1/kinds/wait_once/start", json=body)
    other = instance.start("wait_once", folder=folder, what="else")

    assert (again.status_code, again.json()["id"]) == (200, first)
    assert other != first
    folder.let_go()
    instance.wait_for_all([first, other], State.SUCCEEDED)
    assert instance.api.post("/api/v1/kinds/wait_once/start", json=body).status_code == 202
