"""`GET /api/v1/audit`: who asked for what, as a list and as CSV."""

import csv

import pytest
from httpx import AsyncClient

from app.db.audit import chain, entries
from app.db.audit.entries import Entry
from tests.actors import ME

AUDIT = "/api/v1/audit"


async def test_what_a_program_did_is_listed_the_newest_first(client: AsyncClient) -> None:
    await client.post("/api/v1/kinds/hello/start", json={"params": {"password": "open sesame"}})
    await client.post("/api/v1/jobs/1/cancel")
    await client.post("/api/v1/jobs/1/cancel")
    await client.post("/api/v1/queues/mail/pause", json={"reason": "the server moves"})
    chain.link(limit=3)

    answer = await client.get(AUDIT)

    assert "open sesame" not in answer.text
    found = answer.json()["items"]
    assert answer.json()["next"] is None
    assert [(one["act"], one["target"], one["result"], one["reason"][:27]) for one in found] == [
        ("pause", "queue:mail", "done", "the server moves"),
        ("cancel", "job:1", "refused", "Job #1 is cancelled already"),
        ("cancel", "job:1", "done", ""),
        ("start", "job:1", "done", ""),
    ]
    assert [one["seq"] for one in found] == [None, 3, 2, 1]
    who = {(one["actor"], one["actor_kind"], one["via"], one["address"]) for one in found}
    assert who == {("local", "person", "api", "127.0.0.1")}
    assert found[0]["at"].endswith("Z")


async def test_the_list_is_narrowed_and_paged(client: AsyncClient) -> None:
    for number in range(1, 6):
        entries.note(Entry(act="start" if number % 2 else "cancel", target=f"job:{number}", by=ME))

    first = (await client.get(AUDIT, params={"act": "start", "limit": 2})).json()
    second = (await client.get(AUDIT, params={"act": "start", "limit": 2, "after": first["next"]})).json()

    assert [one["target"] for one in first["items"]] == ["job:5", "job:3"]
    assert ([one["target"] for one in second["items"]], second["next"]) == (["job:1"], None)
    assert (await client.get(AUDIT, params={"target": "job:2"})).json()["items"][0]["act"] == "cancel"
    assert (await client.get(AUDIT, params={"actor": "nobody"})).json()["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("after=x", "after"), ("limit=201", "limit"), ("since=today", "since"), ("who=me", "who"), ("result=x", "result")],
)
async def test_a_query_that_makes_no_sense_is_refused(client: AsyncClient, query: str, field: str) -> None:
    answer = await client.get(f"{AUDIT}?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_all_that_match_are_exported_and_run_no_formula(client: AsyncClient) -> None:
    entries.note(Entry(act="pause", target="queue:mail", by=ME, reason="=HYPERLINK(1)", details={"until": None}))
    entries.note(Entry(act="start", target="job:1", by=ME))

    answer = await client.get(f"{AUDIT}.csv", params={"act": "pause"})

    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    header, row = csv.reader(answer.text.removeprefix("\ufeff").splitlines())
    told = dict(zip(header, row, strict=True))
    assert (told["actor"], told["target"], told["reason"], told["details"]) == (
        "me",
        "queue:mail",
        "'=HYPERLINK(1)",
        '{"until": null}',
    )
