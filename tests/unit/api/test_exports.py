"""All jobs that match, as a file."""

import csv
import io
import json

import pytest
from httpx import AsyncClient

from app.api import exports
from app.db.queries import jobs
from app.db.queries.finding import routes, walking
from app.jobs.bulk_act import Matching, bulk_act
from app.queue import registry
from tests.store import claimed, done, stored

CSV, NDJSON = "/api/v1/jobs.csv", "/api/v1/jobs.ndjson"

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def five() -> list[int]:
    """Five jobs, of which the second and the fourth are of the kind `sum`; the first has ended."""
    messages = [stored(kind="sum" if number % 2 else "count", params={"number": number}) for number in range(5)]
    assert claimed(messages[0])
    assert done(messages[0], result={"rows": 3})
    return [message.job_id for message in messages]


async def test_every_job_that_matches_is_a_line_in_order(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = five()
    monkeypatch.setattr(exports, "JOBS_AT_ONCE", 2)

    lines = (await client.get(NDJSON)).text.splitlines()
    rows = list(csv.DictReader(io.StringIO((await client.get(CSV, params={"sort": "id"})).text.lstrip("\ufeff"))))

    assert [json.loads(line)["id"] for line in lines] == ids[::-1]
    assert json.loads(lines[-1]) == (await client.get(f"/api/v1/jobs/{ids[0]}")).json()
    assert [int(row["id"]) for row in rows] == ids
    assert (rows[0]["params"], rows[0]["result"], rows[0]["state"]) == ('{"number": 0}', '{"rows": 3}', "succeeded")


@pytest.mark.parametrize("query", [{"q": "kind:sum"}, {"kind": "sum"}])
async def test_a_file_holds_what_the_list_holds(client: AsyncClient, query: dict[str, str]) -> None:
    five()

    found = [json.loads(line)["id"] for line in (await client.get(NDJSON, params=query)).text.splitlines()]

    assert found == [job["id"] for job in (await client.get("/api/v1/jobs", params=query)).json()["items"]]
    assert len(found) == 2


@pytest.mark.parametrize(
    "q", ['params."a.b":ÜBER', "-(state:queued OR kind:nothing) after:yesterday", "12:30", 'title:"50%_"', "kind:s* -x"]
)
async def test_a_query_finds_the_same_jobs_at_every_door(client: AsyncClient, q: str) -> None:
    if bulk_act.name not in registry.kinds:
        registry.add(bulk_act)
    found = stored(kind="sum", title="Up 50%_x", params={"a.b": "über"}, search_text="at 12:30")
    other = stored(kind="Sum", title="Up 50 x", params={"a": {"b": "über"}}, search_text="at 12.30 x")
    assert all(claimed(each) for each in ((found, other) if "state" not in q else (found,)))
    asked = {"q": q, "timezone": "Pacific/Auckland"}

    listed = [job["id"] for job in (await client.get("/api/v1/jobs", params=asked)).json()["items"]]
    ndjson = [json.loads(line)["id"] for line in (await client.get(NDJSON, params=asked)).text.splitlines()]
    rows = csv.DictReader(io.StringIO((await client.get(CSV, params=asked)).text.lstrip("\ufeff")))
    act = await client.post("/api/v1/jobs/bulk", json={"action": "cancel", **asked})

    assert listed == ndjson == [int(row["id"]) for row in rows] == [found.job_id]
    assert act.json()["params"]["matching"]["zone"] == "Pacific/Auckland"
    matching = Matching.model_validate(act.json()["params"]["matching"]).as_filter()
    assert [job_id for job_id, _ in jobs.list_matching(matching)] == [found.job_id]


async def test_a_zone_that_is_not_there_is_refused_at_every_door(client: AsyncClient) -> None:
    asked = {"q": "after:today", "timezone": "Europe/Nowhere"}

    answers = [await client.get(path, params=asked) for path in ("/api/v1/jobs", CSV, NDJSON)]
    answers.append(await client.post("/api/v1/jobs/bulk", json={"action": "cancel", **asked}))

    assert [answer.status_code for answer in answers] == [422] * 4
    assert {answer.json()["errors"][0]["field"] for answer in answers} == {"timezone"}


async def test_a_file_has_the_columns_that_are_chosen(client: AsyncClient) -> None:
    message = stored(params={"customer": {"id": 7}, "sku": ["=1+1"], "is_dry": True}, tags=["a", "b"])
    assert claimed(message)
    assert done(message, result={"rows": 3})
    columns = {"columns": "job,params.customer.id,params.sku.0,params.is_dry,result.rows,result.none,tags,outcome"}

    [row] = csv.DictReader(io.StringIO((await client.get(CSV, params=columns)).text.lstrip("\ufeff")))
    line = json.loads((await client.get(NDJSON, params=columns)).text)

    names = ["id", "title", "params.customer.id", "params.sku.0", "params.is_dry", "result.rows", "result.none", "tags"]
    assert list(row) == list(line) == [*names, "outcome"]
    assert list(row.values())[2:] == ["7", "'=1+1", "true", "3", "", "a, b", '{"rows": 3}']
    assert list(line.values())[2:] == [7, "=1+1", True, 3, None, ["a", "b"], {"rows": 3}]


async def test_a_search_that_is_cut_off_goes_on_in_a_file(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    five()
    monkeypatch.setattr(routes, "FEW", 0)
    monkeypatch.setattr(walking, "_FIRST_STRETCH", 1)
    monkeypatch.setattr(walking, "CUT_OFF_SECONDS", -1.0)

    listed = (await client.get("/api/v1/jobs", params={"q": "-kind:sum"})).json()
    lines = (await client.get(NDJSON, params={"q": "-kind:sum"})).text.splitlines()

    assert listed["is_cut_off"]
    assert len(lines) == 3


async def test_what_a_spreadsheet_would_run_is_made_harmless(client: AsyncClient) -> None:
    stored(title="=HYPERLINK()", tags=["@sum"])

    [row] = csv.DictReader(io.StringIO((await client.get(CSV)).text.lstrip("\ufeff")))

    assert (row["title"], row["tags"]) == ("'=HYPERLINK()", "'@sum")


async def test_a_file_has_a_name_and_its_type(client: AsyncClient) -> None:
    answer = await client.get(CSV)
    assert answer.headers["content-disposition"] == 'attachment; filename="jobs.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeffid,kind,title,state,")
    assert (await client.get(NDJSON)).headers["content-type"] == "application/x-ndjson"


@pytest.mark.parametrize(
    "query", [{"q": "state:nowhere"}, {"timezone": "Mars/Crater"}, {"limit": "3"}, {"sort": "x"}, {"columns": "colour"}]
)
async def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    client: AsyncClient, query: dict[str, str]
) -> None:
    answer = await client.get(CSV, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
