"""The reads: filters, sorts, pages by keyset, search, and the log's filters."""

import pytest

from app.db import JobFilter, State
from app.db.clock import now
from app.db.lifecycle import pending, requests
from app.db.queries import counts, jobs
from app.db.queries.jobs import SORTS, Sort
from app.errors import NotFound
from tests.actors import ME
from tests.store import claimed, done, inserted, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


@pytest.fixture
def nine(database: object) -> list[int]:
    """Nine jobs of two kinds: every third stays queued, the others succeeded or failed in turn."""
    ids = []
    for number in range(9):
        kind = "import" if number % 2 else "count"
        text = f"{kind} file-{number}.csv grüße 100%".casefold()
        one = inserted(
            kind=kind, title=kind.title(), params={"path": f"file-{number}.csv"}, search_text=text, max_attempts=1
        )
        ids.append(one.job.id)
        if number % 3 and one.message is not None:
            claimed(one.message)
            done(one.message, outcome="succeeded" if number % 3 == 1 else "failed", result=None, result_text="Done_1")
    return ids


@pytest.mark.parametrize("sort", SORTS)
def test_every_page_of_every_sort_gives_each_job_once_and_in_order(nine: list[int], sort: Sort) -> None:
    seen, after = [], None
    while True:
        page = jobs.list_jobs(JobFilter(), sort=sort, limit=2, after=after)
        seen.extend(page.items)
        after = page.next
        if after is None:
            break
    values = [getattr(job, sort.lstrip("-")) for job in seen]
    assert values == sorted(values, reverse=sort.startswith("-"))
    assert len({job.id for job in seen}) == len(seen) == (9 if sort.endswith("id") else 6)


@pytest.mark.parametrize("sort", SORTS)
def test_the_way_back_through_the_pages_is_the_way_there(nine: list[int], sort: Sort) -> None:
    begins: list[str | None] = [None]
    while (after := jobs.list_jobs(JobFilter(), sort=sort, limit=2, after=begins[-1]).next) is not None:
        begins.append(after)

    for number, after in enumerate(begins[1:], start=1):
        place = jobs.position_of(JobFilter(), sort=sort, limit=2, after=after or "")
        assert (place.jobs_before, place.previous) == (2 * number, begins[number - 1])


def test_a_page_knows_its_place_though_a_job_came(nine: list[int]) -> None:
    second = jobs.list_jobs(JobFilter(kind="count"), limit=2).next or ""
    inserted(kind="count")

    place = jobs.position_of(JobFilter(kind="count"), limit=2, after=second)

    assert place.jobs_before == 3
    assert [job.id for job in jobs.list_jobs(JobFilter(kind="count"), limit=2, after=place.previous).items] == [
        nine[8],
        nine[6],
    ]


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (JobFilter(states=frozenset({State.QUEUED})), {0, 3, 6}),
        (JobFilter(states=frozenset({State.QUEUED, State.FAILED}), kind="count"), {0, 2, 6, 8}),
        (JobFilter(text="FILE-4"), {4}),
        (JobFilter(text="GRÜSSE import"), {1, 3, 5, 7}),
        (JobFilter(text="100%"), set(range(9))),
        (JobFilter(text="e_4"), set()),
        (JobFilter(text="done_1"), {1, 2, 4, 5, 7, 8}),
        (JobFilter(text="#3"), {2}),
        (JobFilter(text="\0' OR 1=1 --"), set()),
        (JobFilter(kind="nothing"), set()),
    ],
)
def test_a_filter_finds_what_it_says(nine: list[int], which: JobFilter, expected: set[int]) -> None:
    found = {nine.index(job.id) for job in jobs.list_jobs(which).items}
    assert found == expected
    count = counts.count_jobs(which)
    assert (count.count, count.is_exact) == (len(expected), True)


@pytest.mark.parametrize("which", [JobFilter(text="file"), JobFilter(text="file", states=frozenset({State.FAILED}))])
def test_what_matches_is_counted_in_every_state_unless_it_is_too_much(
    nine: list[int], which: JobFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {State.QUEUED: 3, State.SUCCEEDED: 3, State.FAILED: 3}
    assert counts.count_by_state(which) == {state: expected.get(state, 0) for state in State}
    monkeypatch.setattr(counts, "COUNT_LIMIT", 9)
    assert counts.count_by_state(which) is not None
    monkeypatch.setattr(counts, "COUNT_LIMIT", 8)
    assert counts.count_by_state(which) is None


@pytest.mark.parametrize("job_id", [0, -1, 99, 2**70])
def test_an_unknown_job_is_not_found(job_id: int) -> None:
    with pytest.raises(NotFound, match=f"There is no job #{job_id}."):
        jobs.get_job(job_id)


def test_children_are_those_of_one_parent(nine: list[int]) -> None:
    children = [inserted(parent_id=nine[0]).job.id for _ in range(3)]
    inserted(parent_id=nine[1])
    which = JobFilter(parent_id=nine[0])
    assert [job.id for job in jobs.list_jobs(which, sort="id", limit=2).items] == children[:2]
    assert counts.count_jobs(which).count == 3
    assert counts.count_jobs(JobFilter(parent_id=nine[0], states=frozenset([State.RUNNING]))).count == 0


def test_recent_runs_are_the_finished_ones_oldest_first(nine: list[int]) -> None:
    found = jobs.recent_runs(["count", "import", "nothing"], per_kind=2)
    assert [run.id for run in found["count"]] == [nine[4], nine[8]]
    assert found["nothing"] == []


def test_active_jobs_are_the_running_then_the_waiting(nine: list[int]) -> None:
    job_id = nine[6]
    message = pending.sent(older_than=now()) or pending.unsent(older_than=now())
    claimed(next(one for one in message if one.job_id == job_id))
    assert [job.id for job in jobs.list_active()] == [nine[6], nine[0], nine[3]]
    requests.cancel(nine[0], by=ME)
    assert [job.id for job in jobs.list_active(limit=1)] == [nine[6]]


def test_the_run_before_is_the_one_that_is_repeated_else_the_last_of_its_kind() -> None:
    succeeded, failed = stored(), stored()
    claimed(succeeded)
    done(succeeded)
    claimed(failed)
    done(failed, outcome="failed")
    inserted(kind="other")
    running = jobs.get_job(inserted().job.id)
    again = jobs.get_job(inserted(retry_of=succeeded.job_id).job.id)
    first = jobs.get_job(succeeded.job_id)

    found = [
        [jobs.earlier_run(one, is_success=success) for success in (False, True)] for one in (running, again, first)
    ]

    assert found == [[failed.job_id, succeeded.job_id], [succeeded.job_id, succeeded.job_id], [None, None]]


def test_the_neighbours_of_a_job_stand_beside_it_in_a_list(nine: list[int]) -> None:
    def walk(job_id: int, step: int, sort: Sort = "-id", **which: object) -> int | None:
        return jobs.neighbour(JobFilter(**which), jobs.get_job(job_id), sort=sort, step=step)  # type: ignore[arg-type]

    assert [walk(nine[4], step) for step in (1, -1)] == [nine[3], nine[5]]
    assert [walk(nine[4], step, kind="count") for step in (1, -1)] == [nine[2], nine[6]]
    assert [walk(nine[4], step, sort="id") for step in (1, -1)] == [nine[5], nine[3]]
    assert [walk(nine[3], step, kind="count") for step in (1, -1)] == [nine[2], nine[4]], "not in the list itself"
    assert (walk(nine[0], 1), walk(nine[8], -1)) == (None, None)
    assert [walk(nine[4], step, sort="-run_seconds") for step in (1, -1)] != [None, None]
    assert walk(nine[0], -1, sort="-started_at") == nine[1], "it has no place in this order"
