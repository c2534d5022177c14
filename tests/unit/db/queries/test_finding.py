"""A long history is read by other ways than a short one, and they lead to the same jobs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from app.db import JobFilter, State
from app.db.clock import now
from app.db.lifecycle import requests, rescue
from app.db.queries import counts, jobs
from app.db.queries.finding import routes, walking
from app.db.queries.jobs import SORTS, Sort
from app.db.snapshots.parts import Failure
from app.db.sql import engine
from app.db.text_index import candidates, keeping, on_postgresql, on_sqlite
from app.queue.params.params import params_text
from tests.actors import ME
from tests.store import claimed, done, inserted, stored

pytestmark = [pytest.mark.both_databases, pytest.mark.thorough]

TOLD: list[dict[str, Any]] = [
    {"params": {"customer": {"id": 123, "name": "Ada O'Neil"}, "urgent": True, "sizes": [1, 2.5, "big"]}},
    {"params": {"customer": {"id": 7}, "urgent": False, "note": 'a "50%_off" \\ line\nbreak'}, "tags": ["nightly"]},
    {"params": {"customer": {"id": "123"}, "since": "2026-10-01"}, "kind": "import_prices", "title": "Import prices"},
    {"params": {"id": 123.0, "name": "Straße", "ids": [-12, 1e16, "eu"]}, "tags": ["nightly", "xylophone"]},
    {"params": {"long": "word " * 5000 + "at the very end"}},
    {"params": {"id": 1234, "name": "strasse", "flag": None}},
]
QUERIES = [
    "import",
    '"import prices"',
    "zzyzx",
    "xy",
    "in",
    "a",
    "#2",
    "123",
    "straße",
    "xylophone OR zzyzx",
    "-xylophone",
    "(prices OR nightly) -big",
    "params.customer.id:123",
    "params.id:123",
    "params.id:1234.0",
    "params.ids:-12",
    "params.ids:10000000000000000",
    "params.ids:eu",
    "params.urgent:true",
    "params.customer.name:ada*",
    'params.note:"a \\"50%_off\\" \\\\ line"',
    "params.since:2026-10-01",
    "params.sizes:2.5",
    'params.long:"*very end"',
    "tag:xylophone",
    "tag:night*",
    "error:timeout",
    'error:"TimeoutError: The host"',
    'result:"3 rows"',
    "result:rows",
    "title:prices",
    "kind:import_*",
    "state:failed",
    "state:failed error:*",
    "queue:mail",
    "after:1h",
    "before:1h",
    "duration:>5h",
    "error:died",
    "id:3",
    "parent:1",
]


@pytest.fixture(autouse=True)
def _takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cut off here because the machine is busy."""
    monkeypatch.setattr(walking, "CUT_OFF_SECONDS", 600.0)
    monkeypatch.setattr(walking, "COUNT_SECONDS", 600.0)


@pytest.fixture
def told(database: str) -> None:
    """Jobs with texts as Jobdeck writes them, which ended in three ways but for the last; one more lost its worker."""
    began = now()
    for number, one in enumerate(TOLD):
        new = {
            "kind": "count",
            "title": "Count things",
            "tags": [],
            "queue": "mail" if number == 2 else "default",
            **one,
        }
        text = f"{new['kind']} {new['title']} {params_text(new['params'])} {' '.join(new['tags'])}"
        message = stored(**new, search_text=text.replace("\n", " ").casefold()[:20_000], max_attempts=1)
        assert claimed(message)
        failure = Failure(type="TimeoutError", message="The host is away: 3 s", signature="s")
        ends: list[dict[str, Any]] = [
            {"result": {"sent": "3 rows"}, "result_text": '{"sent": "3 rows"}', "at": began + timedelta(hours=10)},
            {"outcome": "failed", "failure": failure, "result": None},
            {"result": "Grüße, 3 Rows", "result_text": "Grüße, 3 Rows"},
        ]
        if number < len(TOLD) - 1:
            assert done(message, **ends[number % 3])
    lost = stored(max_crashes=1, max_attempts=1)
    assert claimed(lost, "w2")
    rescue.rescue("w2")


@pytest.fixture
def indexed(told: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same with an index of their texts."""
    monkeypatch.setattr(keeping, "LEAST_JOBS", 0)
    catch_up()
    yield
    if engine.engine().dialect.name == "postgresql":  # other tests have the same tables
        with engine.writer().begin() as connection:
            connection.execute(text(f"DROP INDEX {on_postgresql.NAME}"))


def catch_up() -> None:
    while keeping.step():
        pass


def found(asked: str, sort: Sort = "-id") -> list[int]:
    return [job.id for job in jobs.list_jobs(JobFilter(text=asked), sort=sort).items]


@pytest.mark.parametrize("most", [10_000, 0], ids=["by the index", "along the order"])
def test_a_long_history_gives_the_answers_of_a_short_one(
    indexed: None, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {asked: answers(asked) for asked in QUERIES}
    monkeypatch.setattr(routes, "FEW", 0)
    monkeypatch.setattr(candidates, "MOST", most)
    monkeypatch.setattr(walking, "_FIRST_STRETCH", 2)

    for asked in QUERIES:
        assert answers(asked) == expected[asked], asked


def answers(asked: str) -> tuple[object, ...]:
    which = JobFilter(text=asked)
    return found(asked), found(asked, "finished_at"), counts.count_by_state(which), counts.count_jobs(which).count


def test_the_index_leads_to_few_rows(indexed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "FEW", 0)
    for asked in ("xylophone", "params.customer.id:123", "error:timeout", "result:rows", "tag:nightly", "zzyzx OR big"):
        assert routes.route_to(JobFilter(text=asked)).is_short, asked
    assert not routes.route_to(JobFilter(text="-xylophone")).is_short


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.usefixtures("told")
def test_all_jobs_are_read_along_an_index_and_never_sorted(sort: Sort) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT job.") and "ORDER BY" in statement:
            asked.append((statement, values))

    event.listen(engine.engine(), "before_cursor_execute", note)
    first = jobs.list_jobs(JobFilter(), sort=sort, limit=2)
    jobs.list_jobs(JobFilter(), sort=sort, limit=2, after=first.next)
    jobs.position_of(JobFilter(), sort=sort, limit=2, after=first.next or "")
    event.remove(engine.engine(), "before_cursor_execute", note)

    assert len(asked) >= 3
    for statement, values in asked:
        assert "sort" not in plan(statement, values).replace("Incremental Sort", "").lower(), statement


def plan(statement: str, values: Any) -> str:
    """Say how the database would read it, were the table large."""
    with engine.engine().connect() as connection:
        if engine.engine().dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            return "\n".join("sort" if "TEMP B-TREE FOR ORDER" in row[3] else row[3] for row in rows)
        # It would sort seven rows sooner than find them one by one. What it sorts now, it has to.
        for way in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("sort", SORTS)
def test_a_search_that_is_cut_off_says_where_it_goes_on_and_misses_nothing(
    sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = found("rows", sort)
    monkeypatch.setattr(routes, "FEW", 0)
    monkeypatch.setattr(walking, "_FIRST_STRETCH", 1)
    monkeypatch.setattr(walking, "CUT_OFF_SECONDS", -1.0)
    seen: list[int] = []
    page = jobs.list_jobs(JobFilter(text="rows"), sort=sort, limit=2)
    assert page.is_cut_off
    while page.next is not None:
        seen += [job.id for job in page.items]
        page = jobs.list_jobs(JobFilter(text="rows"), sort=sort, limit=2, after=page.next)

    assert [*seen, *(job.id for job in page.items)] == expected


@pytest.mark.usefixtures("told")
def test_a_count_that_is_cut_off_is_a_number_at_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "FEW", 0)
    monkeypatch.setattr(walking, "_FIRST_STRETCH", 2)
    monkeypatch.setattr(walking, "COUNT_SECONDS", -1.0)
    count = counts.count_jobs(JobFilter(text="count"))
    assert (count.count, count.is_exact) == (3, False)
    page, count = jobs.find_jobs(JobFilter(text="count"), limit=4)
    assert (len(page.items), count.count, count.is_exact) == (4, 4, False)


@pytest.mark.parametrize("sort", ["id", "-id"])
@pytest.mark.usefixtures("database")
def test_where_jobs_are_gone_a_search_goes_on_behind_them(sort: Sort, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [stored(search_text="saffron") for _ in range(12)]
    for message in messages:
        assert claimed(message)
        assert done(message)
    gone = {0, 3, 4, 5, 6, 7, 9, 11}
    for number in gone:
        requests.delete(messages[number].job_id, by=ME)
    left = [message.job_id for number, message in enumerate(messages) if number not in gone]
    monkeypatch.setattr(routes, "FEW", 0)
    monkeypatch.setattr(walking, "_FIRST_STRETCH", 1)

    assert found("saffron", sort) == sorted(left, reverse=sort == "-id")
    count = counts.count_jobs(JobFilter(text="saffron"))
    assert (count.count, count.is_exact) == (4, True)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_lead_back_along_an_order(told: None, sort: Sort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "FEW", 0)
    monkeypatch.setattr(walking, "_FIRST_STRETCH", 1)
    which = JobFilter(text="count")
    begins: list[str | None] = [None]
    while (after := jobs.list_jobs(which, sort=sort, limit=2, after=begins[-1]).next) is not None:
        begins.append(after)
    for number, after in enumerate(begins[1:], start=1):
        place = jobs.position_of(which, sort=sort, limit=2, after=after or "")
        assert (place.jobs_before, place.previous) == (2 * number, begins[number - 1])


def test_what_ends_after_the_index_was_made_is_found(indexed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "FEW", 0)
    before = stored(search_text="saffron")
    assert claimed(before)
    assert found("saffron") == [before.job_id]
    assert done(before, result="cobalt", result_text="cobalt")
    assert found("cobalt") == [before.job_id]
    catch_up()
    assert found("saffron") == found("cobalt") == [before.job_id]


def test_a_retried_job_is_found_by_its_new_outcome(indexed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "FEW", 0)
    [*_, failed] = found("error:timeout")
    _, message, _ = requests.retry(failed, retries=0, by=ME)
    catch_up()
    assert claimed(message)
    assert done(message, result="cobalt", result_text="cobalt")
    catch_up()
    assert found("cobalt") == [failed]
    assert failed not in found("timeout")


def test_a_job_after_a_deleted_one_is_found(indexed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "FEW", 0)
    last = stored()
    assert claimed(last)
    assert done(last)
    catch_up()
    requests.delete(last.job_id, by=ME)
    following = stored(search_text="saffron")
    assert claimed(following)
    assert done(following)
    assert found("saffron") == [following.job_id]
    catch_up()
    assert found("saffron") == [following.job_id]


def test_a_pruned_history_is_indexed_anew(indexed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "FEW", 0)
    kept = inserted(search_text="saffron")
    requests.prune(now(), limit=100, max_lines=100)
    monkeypatch.setattr(on_sqlite, "TRANSITIONS_AT_ONCE", 1)
    catch_up()
    assert found("saffron") == [kept.job.id]
    assert counts.count_by_state(JobFilter(text="import prices")) == dict.fromkeys(State, 0)
