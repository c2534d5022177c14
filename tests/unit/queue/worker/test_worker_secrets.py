"""A secret that a job was started with is in clear text nowhere but in the function of the job."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from opentelemetry.sdk.resources import Resource
from pydantic import BaseModel

from app import api
from app.db.queries import jobs
from app.db.queries.traces import parts_of
from app.jobs.send_notice import send_notice
from app.processes.otlp.spans import spans_of
from app.queue import JobContext, Secret, job, registry
from app.queue.acts.schedules import changing
from app.queue.events.bus import EventBus
from app.queue.events.types import JobEvent
from app.settings import Settings
from tests.actors import ME
from tests.unit.jobs.servers import Inbox, receiving
from tests.waiting import until

pytestmark = pytest.mark.thorough

CLEAR = "open sesame"
PARTS = ("attempts", "transitions", "log", "artifacts", "artifacts/report.json", "trace", "checkpoint", "flow", "notes")
JOB = ("", *(f"/{one}" for one in PARTS))
ADDRESSES = (
    *(f"/jobs/{number}{part}" for number in (1, 2) for part in JOB),
    *("/jobs", "/jobs?q=unlock", "/jobs.csv", "/jobs.ndjson", "/kinds", "/kinds/unlock", "/audit", "/audit.csv"),
    *("/schedules", "/schedules/1", "/schedules/1/changes", "/stats", "/workers", "/openapi.json"),
    *("/failures", "/presets", "/presets/1", "/views", "/notices", "/notices/1", "/notices/1/deliveries"),
    *("/jobs/1/compare/2", "/jobs/4", "/jobs/4/log", "http://127.0.0.1:8080/metrics"),
)


class Login(BaseModel):
    """Something nested."""

    user: str
    pin: Secret


def files_with(text: str, folder: Path) -> list[str]:
    """Return the names of the files in a folder, the database too, that hold a text."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if text.encode() in path.read_bytes()]


@pytest.fixture
def seen(run_worker: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the function of `unlock` was given, once it runs; it tells it to everybody that would listen."""
    given: list[str] = []

    @job(max_retries=0, unique="params")
    def unlock(ctx: JobContext, password: Secret, logins: list[Login]) -> None:
        """Use secrets, and fail."""
        given.append(password.get_secret_value() + logins[0].pin.get_secret_value())
        ctx.progress(1, 2, f"With {password}")
        ctx.log(f"{password!r} {logins} {ctx.params}")
        logging.getLogger("unlocking").warning("%s %r", password, logins)
        ctx.attach("report.json", json.dumps({"params": ctx.params, "logins": logins}, default=str))
        ctx.checkpoint({"password": password, "pins": [one.pin for one in logins]})
        with ctx.span(f"With {password}"):
            raise RuntimeError(f"It does not open with {password} or {logins}")

    monkeypatch.setenv("JOBDECK_NOTICE_PRIVATE_ADDRESSES", "1")
    registry.add(send_notice)
    run_worker()
    return given


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A receiver of notices."""
    with receiving() as server:
        yield server


async def test_a_secret_is_in_no_store_and_no_stream(
    seen: list[str],
    room: Path,
    told: list[JobEvent],
    inbox: Inbox,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    params = {"password": CLEAR, "logins": [{"user": "ann", "pin": CLEAR}]}
    transport = ASGITransport(api.build(Settings(data_dir=room), EventBus()))

    async with AsyncClient(transport=transport, base_url="http://127.0.0.1:8080/api/v1") as client:
        key = {"Idempotency-Key": "once"}
        started = await client.post("/kinds/unlock/start", json={"params": params}, headers=key)
        assert started.status_code == 202, started.text
        until(lambda: jobs.get_job(1).state.is_finished)
        again = await client.post("/jobs/1/retry", json={"params": started.json()["params"]})
        until(lambda: jobs.get_job(2).state.is_finished)
        wrong = {"password": CLEAR, "logins": [{"user": 1, "pin": CLEAR, "more": CLEAR}]}
        refused = await client.post("/kinds/unlock/start", json={"params": wrong})
        changing.create("unlock", {"params": params, "every_seconds": 3600}, by=ME)
        changing.edit(1, {"params": {**params, "password": f"{CLEAR} 2"}}, by=ME)
        asked = {"kind": "unlock", "name": "Mine", "params": params}
        not_kept = await client.post("/presets", json=asked)
        kept = await client.post("/presets", json={**asked, "params": {}})
        asked = {"name": "Watch", "when": {"events": ["failed"]}, "to": {"webhook": inbox.url()}}
        watched = await client.post("/notices", json=asked)
        third = await client.post("/kinds/unlock/start", json={"params": params})
        until(lambda: inbox.received and jobs.get_job(4).state.is_finished)
        answers = {address: await client.get(address) for address in ADDRESSES}

    assert seen == [CLEAR * 2] * 3
    assert (not_kept.status_code, kept.status_code, watched.status_code) == (422, 201, 201)
    assert {address: answer.status_code for address, answer in answers.items() if answer.status_code != 200} == {}
    assert "It does not open" in answers["/jobs/2/attempts"].text
    assert "•••" in answers["/jobs/1"].text
    assert refused.status_code == 422
    texts = {address: answer.text for address, answer in answers.items()}
    texts |= {"start": started.text, "retry": again.text, "refused": refused.text, "third": third.text}
    texts |= {"preset": not_kept.text, "notice": watched.text, "told": repr(inbox.received)}
    texts |= {"spans": repr([one.to_json() for one in spans_of(jobs.get_job(1), parts_of(1), Resource({}))])}
    texts |= {"events": repr(told), "log": caplog.text, "output": "".join(capfd.readouterr())}
    found = [place for place, text in texts.items() if CLEAR in text]
    assert len(told) > 4
    assert "jobdeck.db-wal" in files_with("unlock", room)
    assert found + files_with(CLEAR, room) == []
