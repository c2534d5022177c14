"""Jobs as a program finds, reads and changes them."""

import asyncio
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from httpx import AsyncClient

from app.db import files
from app.db.lifecycle.flows import checkpoints
from app.db.lifecycle.start import Message
from app.db.models.history import LogLineRow
from app.db.models.jobs import Job
from app.db.queries import details, jobs
from app.db.queries.filters import FIELDS
from app.db.sql.sessions import session
from app.queue.acts import starting
from app.queue.acts.starting import StartOptions
from tests.actors import ME
from tests.store import claimed, done

JOBS = "/api/v1/jobs"

pytestmark = pytest.mark.both_databases


async def start(client: AsyncClient, kind: str = "hello", **body: object) -> int:
    answer = await client.post(f"/api/v1/kinds/{kind}/start", json=body)
    assert answer.status_code == 202, answer.text
    job_id: int = answer.json()["id"]
    return job_id


def attach(job_id: int, name: str, content: bytes, media_type: str) -> None:
    files.attach(job_id, 1, name, io.BytesIO(content), media_type)


async def test_jobs_are_listed_newest_first_page_by_page(client: AsyncClient) -> None:
    ids = [await start(client) for _ in range(5)]

    first = (await client.get(JOBS, params={"limit": 2})).json()
    second = (await client.get(JOBS, params={"limit": 2, "after": first["next"]})).json()
    third = (await client.get(JOBS, params={"limit": 2, "after": second["next"]})).json()

    pages = [[job["id"] for job in page["items"]] for page in (first, second, third)]
    assert pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
    assert third["next"] is None
    assert (first["count"], first["count_is_exact"]) == (5, True)


async def test_a_job_belongs_to_the_trace_of_the_request_that_started_it(client: AsyncClient) -> None:
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    headers = {"traceparent": f"00-{trace}-{span}-01"}

    job = (await client.post("/api/v1/kinds/hello/start", json={}, headers=headers)).json()
    other = await start(client)
    told = (await client.get(f"{JOBS}/{job['id']}/trace")).json()

    assert job["trace_id"] == told["trace_id"] == trace
    assert [(one["part"], one["ended_at"]) for one in told["items"]] == [("job", None), ("wait", None)]
    assert told["items"][0]["parent_span_id"] == span
    assert (told["next"], told["is_cut_off"]) == (None, False)
    assert (await client.get(f"{JOBS}/{other}")).json()["trace_id"] not in (None, trace)


async def test_jobs_are_found_by_the_query_language(client: AsyncClient) -> None:
    ada = await start(client, params={"name": "Ada"})
    await start(client, params={"name": "Bob"})

    found = (await client.get(JOBS, params={"q": "kind:hel* params.name:ada -state:failed"})).json()

    assert ([job["id"] for job in found["items"]], found["count"]) == ([ada], 1)


async def test_a_mistake_in_a_query_is_answered_with_its_place(client: AsyncClient) -> None:
    answer = await client.get(JOBS, params={"q": "hello stat:failed"})

    problem = answer.json()
    assert (answer.status_code, problem["errors"][0]["field"]) == (422, "q")
    assert problem["errors"][0]["message"].startswith("At character 7 of the search: There is no field stat.")
    assert "Did you mean state?" in problem["hint"]


async def test_jobs_are_filtered(client: AsyncClient) -> None:
    ada = await start(client, params={"name": "Ada"})
    imported = await start(client, "import_rows", params={"path": "/tmp/rows.csv"})
    later = await start(client, delay_seconds=60)

    async def found(query: str) -> list[int]:
        return [job["id"] for job in (await client.get(f"{JOBS}?{query}")).json()["items"]]

    assert await found("state=queued") == [imported, ada]
    assert await found("state=queued&state=scheduled") == [later, imported, ada]
    assert await found("state=scheduled,failed") == [later]
    assert await found("kind=import_rows") == [imported]
    assert await found("queue=mail") == [imported]
    assert await found("q=ada") == [ada]
    assert await found("sort=id&limit=1") == [ada]
    assert await found("since=2999-01-01T00:00:00Z") == []
    assert await found("until=2999-01-01T00:00:00Z") == [later, imported, ada]
    assert await found("kind=never_heard_of") == []
    assert await found("finished_since=2020-01-01T00:00:00Z") == []


@pytest.mark.thorough
async def test_the_list_and_the_bulk_act_take_every_field_that_a_list_is_narrowed_by(client: AsyncClient) -> None:
    openapi = (await client.get("/api/v1/openapi.json")).json()
    names = {one.query for one in FIELDS if one.query is not None}

    listed = {one["name"] for one in openapi["paths"]["/api/v1/jobs"]["get"]["parameters"]}
    taken = set(openapi["components"]["schemas"]["BulkBody"]["properties"])

    assert (names - listed, names - taken) == (set(), set())
    assert names >= {"q", "state", "kind", "queue", "parent_id", "since", "until", "finished_since"}


async def test_children_of_a_job_are_listed(client: AsyncClient) -> None:
    parent = await start(client)
    order = StartOptions(parent_id=parent)
    child = await asyncio.to_thread(starting.start, "hello", {}, order=order, by=ME)

    answer = (await client.get(JOBS, params={"parent_id": parent})).json()

    assert [(job["id"], job["parent_id"]) for job in answer["items"]] == [(child.id, parent)]
    assert answer["count"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=sleeping", "state"),
        ("state=queued,sleeping", "state"),
        ("parent_id=0", "parent_id"),
        ("parent_id=me", "parent_id"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("sort=priority", "sort"),
        ("after=nonsense", "after"),
        ("since=yesterday", "since"),
        ("since=1700000000", "since"),
        ("until=2026-01-01T00:00:00", "until"),
        ("sate=queued", "sate"),
        ("q=" + "x" * 1001, "q"),
        ("q=" + "+".join(str(number) for number in range(21)), "q"),
        ("finished_since=yesterday", "finished_since"),
    ],
)
async def test_query_that_does_not_fit_is_named(client: AsyncClient, query: str, field: str) -> None:
    answer = await client.get(f"{JOBS}?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field


async def test_unknown_state_is_answered_with_the_known_ones(client: AsyncClient) -> None:
    answer = await client.get(f"{JOBS}?state=sleeping")

    assert "“sleeping” is not a state" in answer.json()["detail"]
    assert "succeeded" in answer.json()["detail"]


@pytest.mark.parametrize("job_id", ["99", "0", "-1", "9223372036854775808", "9" * 400, "abc", "1.0", "1_0", "٣"])
async def test_unknown_job_is_not_found(client: AsyncClient, job_id: str) -> None:
    await start(client)

    for rest in ("", "/attempts", "/transitions", "/log", "/trace", "/artifacts", "/artifacts/x"):
        answer = await client.get(f"{JOBS}/{job_id}{rest}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), rest


async def test_job_is_answered_with_its_transitions_and_attempts(client: AsyncClient) -> None:
    job_id = await start(client)

    job = (await client.get(f"{JOBS}/{job_id}")).json()
    transitions = (await client.get(f"{JOBS}/{job_id}/transitions")).json()
    attempts = (await client.get(f"{JOBS}/{job_id}/attempts")).json()

    assert job["state"] == "queued"
    assert [(each["from_state"], each["to_state"], each["by"]) for each in transitions["items"]] == [
        (None, "queued", "local")
    ]
    assert attempts == {"items": [], "next": None}


async def test_head_answers_without_a_body(client: AsyncClient) -> None:
    job_id = await start(client)

    answer = await client.head(f"{JOBS}/{job_id}")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/json"


async def test_log_is_read_in_parts(client: AsyncClient) -> None:
    job_id = await start(client)
    write_log(job_id, ["one", "two", "Three"])
    log = f"{JOBS}/{job_id}/log"

    first = (await client.get(log, params={"limit": 2})).json()
    rest = (await client.get(log, params={"limit": 2, "after": first["next"]})).json()

    assert [line["text"] for line in first["items"]] == ["one", "two"]
    assert [line["text"] for line in rest["items"]] == ["Three"]
    assert rest["next"] is None
    assert rest["items"][0]["at"].endswith("Z")


async def test_log_is_filtered(client: AsyncClient) -> None:
    job_id = await start(client)
    write_log(job_id, ["one", "two", "Three"])
    log = f"{JOBS}/{job_id}/log"

    async def texts(query: str) -> list[str]:
        return [line["text"] for line in (await client.get(f"{log}?{query}")).json()["items"]]

    assert await texts("level=error") == ["Three"]
    assert await texts("q=three") == ["Three"]
    assert await texts("after=2") == ["Three"]
    assert await texts("attempt=2") == []
    assert (await client.get(f"{log}?level=loud")).status_code == 422
    assert (await client.get(f"{log}?after=9223372036854775808")).status_code == 422


async def test_cancel_answers_the_cancelled_job(client: AsyncClient) -> None:
    job_id = await start(client)

    answer = await client.post(f"{JOBS}/{job_id}/cancel", json={"force": False})

    assert answer.status_code == 202
    assert answer.json()["state"] == "cancelled"
    assert answer.headers["location"] == f"/jobs/{job_id}"


async def test_cancel_by_force_is_asked_for_once_and_shown(client: AsyncClient) -> None:
    job_id = await start(client)
    job = jobs.get_job(job_id)
    claimed(Message(job_id, 1, job.kind, job.queue, job.priority))

    asked = (await client.post(f"{JOBS}/{job_id}/cancel", json={"force": True})).json()
    again = (await client.post(f"{JOBS}/{job_id}/cancel", json={"force": True})).json()

    assert asked["force_requested_at"] == again["force_requested_at"] is not None
    assert asked["cancel_requested_at"] is not None
    assert (asked["state"], again["version"]) == ("running", asked["version"])


@pytest.mark.parametrize("force", ["yes", 1, None])
async def test_force_is_true_or_false_and_nothing_like_it(client: AsyncClient, force: object) -> None:
    job_id = await start(client)

    answer = await client.post(f"{JOBS}/{job_id}/cancel", json={"force": force})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["force"]
    assert jobs.get_job(job_id).cancel_requested_at is None


async def test_act_in_the_wrong_state_is_a_conflict(client: AsyncClient) -> None:
    queued = await start(client)
    cancelled = await start(client)
    await client.post(f"{JOBS}/{cancelled}/cancel")

    answers = [
        await client.post(f"{JOBS}/{cancelled}/cancel"),
        await client.post(f"{JOBS}/{queued}/retry"),
        await client.delete(f"{JOBS}/{queued}"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)


async def test_retry_continues_the_job_and_with_params_starts_another(client: AsyncClient) -> None:
    job_id = await start(client)
    await client.post(f"{JOBS}/{job_id}/cancel")

    other = await client.post(f"{JOBS}/{job_id}/retry", json={"params": {"times": 2}})
    same = await client.post(f"{JOBS}/{job_id}/retry")

    assert (other.status_code, other.json()["retry_of"], other.json()["params"]["times"]) == (202, job_id, 2)
    assert (same.status_code, same.json()["id"], same.json()["state"]) == (202, job_id, "queued")


async def test_what_a_job_saved_is_answered_until_it_is_retried_anew(client: AsyncClient) -> None:
    job_id = await start(client)
    nothing = await client.get(f"{JOBS}/{job_id}/checkpoint")
    message = Message(job_id=job_id, token=1, kind="hello", queue="default", priority="normal")
    assert await asyncio.to_thread(claimed, message)
    await asyncio.to_thread(checkpoints.save, job_id, 1, {"row": 7, "token": {"$sealed": "…"}})
    await asyncio.to_thread(done, message, outcome="cancelled")

    shown = (await client.get(f"{JOBS}/{job_id}/checkpoint")).json()
    again = await client.post(f"{JOBS}/{job_id}/retry", json={"anew": True})

    assert (nothing.status_code, nothing.json()["detail"]) == (404, f"Job #{job_id} has saved nothing.")
    assert (shown["value"], shown["attempt"]) == ({"row": 7, "token": "•••"}, 1)
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    assert (await client.get(f"{JOBS}/{job_id}/checkpoint")).status_code == 404


async def test_retry_with_params_that_do_not_fit_is_refused(client: AsyncClient) -> None:
    job_id = await start(client)
    await client.post(f"{JOBS}/{job_id}/cancel")

    answer = await client.post(f"{JOBS}/{job_id}/retry", json={"params": {"times": 0}})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "times"


async def test_deleted_job_is_gone(client: AsyncClient) -> None:
    job_id = await start(client)
    await client.post(f"{JOBS}/{job_id}/cancel")

    deleted = await client.delete(f"{JOBS}/{job_id}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(f"{JOBS}/{job_id}")).status_code == 404


async def test_delete_that_says_more_than_it_can_is_refused(client: AsyncClient) -> None:
    job_id = await start(client)
    await client.post(f"{JOBS}/{job_id}/cancel")

    refused = await client.request("DELETE", f"{JOBS}/{job_id}", json={"force": True})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "body")
    assert (await client.get(f"{JOBS}/{job_id}")).status_code == 200


@pytest.mark.parametrize("act", ["cancel", "retry"])
async def test_act_on_an_unknown_job_is_not_found(client: AsyncClient, act: str) -> None:
    assert (await client.post(f"{JOBS}/99/{act}")).status_code == 404
    assert (await client.delete(f"{JOBS}/99")).status_code == 404


async def test_file_is_sent_so_that_nothing_in_it_can_run(client: AsyncClient) -> None:
    job_id = await start(client)
    attach(job_id, "report.html", b"<script>alert(1)</script>", "text/html")

    listed = (await client.get(f"{JOBS}/{job_id}/artifacts")).json()["items"]
    answer = await client.get(listed[0]["links"]["self"])

    assert (listed[0]["name"], listed[0]["size_bytes"]) == ("report.html", 25)
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"] == 'inline; filename="report.html"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    directives = answer.headers["content-security-policy"].split("; ")
    assert "sandbox" in directives
    assert "default-src 'none'" in directives


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml"])
async def test_a_file_that_is_shown_asks_no_server_for_anything(client: AsyncClient, media_type: str) -> None:
    job_id = await start(client)
    attach(job_id, "x", b"<img src=/api/v1/jobs>", media_type)

    headers = (await client.get(f"{JOBS}/{job_id}/artifacts/x")).headers

    policy = dict(each.split(" ", 1) for each in headers["content-security-policy"].split("; ") if " " in each)
    fetched = {name: sources for name, sources in policy.items() if name.endswith("-src")}
    assert fetched == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data: blob:",
        "font-src": "data:",
        "media-src": "data: blob:",
    }


async def test_only_our_own_page_may_show_a_file_in_a_frame(client: AsyncClient) -> None:
    job_id = await start(client)
    attach(job_id, "report.html", b"<p>", "text/html")

    headers = (await client.get(f"{JOBS}/{job_id}/artifacts/report.html")).headers

    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]


async def test_file_is_saved_when_asked(client: AsyncClient) -> None:
    job_id = await start(client)
    attach(job_id, "report.html", b"<p>", "text/html")

    answer = await client.get(f"{JOBS}/{job_id}/artifacts/report.html?download=1")

    assert answer.headers["content-disposition"] == 'attachment; filename="report.html"'


@pytest.mark.parametrize("name", ['a"; filename="evil.exe', "ä \r\nSet-Cookie: x=1 €.txt", "%0d%0aX: 1", "a;b,c.txt"])
async def test_name_of_a_file_cannot_leave_its_header(client: AsyncClient, name: str) -> None:
    job_id = await start(client)
    attach(job_id, name, b"x", "text/plain")
    listed = (await client.get(f"{JOBS}/{job_id}/artifacts")).json()["items"]

    answer = await client.get(listed[0]["links"]["self"])

    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("inline; filename*=utf-8''")
    assert not set('";\r\n ') & set(answer.headers["content-disposition"].partition("''")[2])
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-ndjson",
        "application/vnd.api+json; version=1",
        "audio/ogg;codecs=opus",
        'multipart/mixed; boundary="a; \\"b\\""; x=1',
    ],
)
async def test_media_type_with_parameters_is_sent_as_it_was_given(client: AsyncClient, media_type: str) -> None:
    job_id = await start(client)
    attach(job_id, "x", b"x", media_type)

    answer = await client.get(f"{JOBS}/{job_id}/artifacts/x")

    assert answer.headers["content-type"] == media_type


@pytest.mark.parametrize(
    "media_type",
    ["text/javascript", "Application/JavaScript; charset=utf-8", "text/x-ecmascript", "text/jscript", "text/css"],
)
async def test_a_file_is_no_script_and_no_style_sheet_of_a_page_of_ours(client: AsyncClient, media_type: str) -> None:
    job_id = await start(client)
    attach(job_id, "x.js", b"alert(1)", media_type)

    answer = await client.get(f"{JOBS}/{job_id}/artifacts/x.js")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_text_with_a_parameter_is_still_text(client: AsyncClient) -> None:
    job_id = await start(client)
    attach(job_id, "x", b"a,b", "text/csv; header=present")

    answer = await client.get(f"{JOBS}/{job_id}/artifacts/x")

    assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"


@pytest.mark.parametrize(
    "media_type",
    [
        "text/html\r\nSet-Cookie: x=1",
        "",
        "html",
        "text/html; x=\u2028",
        "a/b, text/html",
        'text/html; x="\r\n"',
        "text/html; x",
    ],
)
async def test_media_type_that_is_none_is_sent_as_bytes(client: AsyncClient, media_type: str) -> None:
    job_id = await start(client)
    attach(job_id, "x", b"x", media_type)

    answer = await client.get(f"{JOBS}/{job_id}/artifacts/x")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert "set-cookie" not in answer.headers


async def test_part_of_a_file_is_sent(client: AsyncClient) -> None:
    job_id = await start(client)
    attach(job_id, "x.bin", b"0123456789", "application/octet-stream")
    path = f"{JOBS}/{job_id}/artifacts/x.bin"

    part = await client.get(path, headers={"Range": "bytes=2-4"})
    beyond = await client.get(path, headers={"Range": "bytes=20-30"})

    strange = [
        await client.get(path, headers={"Range": one}) for one in ("lines=1-2", "bytes=x", "bytes=", "bytes=5-2")
    ]

    assert (part.status_code, part.content) == (206, b"234")
    assert {(one.status_code, one.content) for one in strange} == {(200, b"0123456789")}
    assert (beyond.status_code, beyond.headers["content-type"]) == (416, "application/problem+json")
    assert beyond.headers["content-range"] == "bytes */10"


async def test_file_whose_bytes_are_gone_is_not_found(client: AsyncClient) -> None:
    job_id = await start(client)
    attach(job_id, "x.txt", b"x", "text/plain")
    path, _ = files.open_artifact(job_id, "x.txt")
    path.unlink()

    answer = await client.get(f"{JOBS}/{job_id}/artifacts/x.txt")

    assert answer.status_code == 404
    assert "x.txt of job #1 is not in the data folder of this machine" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["../key", "..%2fkey", "%2e%2e%2fkey", "ab%2f..%2f..%2fkey", "%00", "x%00.txt"])
async def test_no_path_leads_out_of_the_files(client: AsyncClient, tmp_path: Path, name: str) -> None:
    job_id = await start(client)
    (tmp_path / "key").write_text("beside the folder of files")

    answer = await client.get(f"{JOBS}/{job_id}/artifacts/{name}")

    assert answer.status_code in (400, 404)


async def test_not_a_number_in_a_result_is_sent_as_null(client: AsyncClient) -> None:
    job_id = await start(client)
    with session(write=True) as opened:
        row = opened.get(Job, job_id)
        assert row is not None
        row.result = {"mean": float("nan")}

    answer = await client.get(f"{JOBS}/{job_id}")

    assert answer.json()["result"] == {"mean": None}


def write_log(job_id: int, texts: list[str]) -> None:
    with session(write=True) as opened:
        for seq, text in enumerate(texts, 1):
            level = 40 if text.istitle() else 20
            opened.add(LogLineRow(job_id=job_id, seq=seq, attempt=1, at=datetime.now(UTC), level=level, text=text))
    assert len(details.list_log(job_id)) == len(texts)


async def test_job_that_is_as_it_was_is_not_sent_again(client: AsyncClient) -> None:
    job_id = await start(client)
    first = await client.get(f"{JOBS}/{job_id}")
    known = {"If-None-Match": f'"other", {first.headers["etag"]}'}

    same = await client.get(f"{JOBS}/{job_id}", headers=known)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert same.headers["cache-control"] == first.headers["cache-control"] == "private, no-cache"

    await client.post(f"{JOBS}/{job_id}/cancel", json={})
    changed = await client.get(f"{JOBS}/{job_id}", headers=known)
    assert (changed.status_code, changed.json()["state"]) == (200, "cancelled")


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (["{}"], 304),
        (["W/{}"], 304),
        (['"other"', "{}"], 304),
        (["{}", '"other"'], 304),
        (["*"], 304),
        (['"other"'], 200),
        ([""], 200),
        (['W/"other", ,'], 200),
    ],
)
async def test_tags_that_are_known_may_stand_in_several_lines(
    client: AsyncClient, known: list[str], status: int
) -> None:
    job = f"{JOBS}/{await start(client)}"
    tag = (await client.get(job)).headers["etag"].removeprefix("W/")
    lines = [("If-None-Match", one.format(tag)) for one in known]

    for ask in (client.get, client.head):
        assert (await ask(job, headers=lines)).status_code == status


async def test_running_job_changes_its_tag_with_its_progress_not_with_the_time(client: AsyncClient) -> None:
    job_id = await start(client)
    assert claimed(Message(job_id, 1, "hello", "default", "normal"))
    tags = [(await client.get(f"{JOBS}/{job_id}")).headers["etag"] for _ in range(2)]

    with session(write=True) as opened:
        job = opened.get_one(Job, job_id)
        job.progress_done = 1
    tags.append((await client.get(f"{JOBS}/{job_id}")).headers["etag"])

    assert tags[0] == tags[1] != tags[2]
