"""`--server URL`: the commands of the terminal against another machine."""

import asyncio
import functools
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import main
from app.client import AsyncJobdeck, Jobdeck
from app.db import files
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Failure
from app.processes.http.guard import Guard, Hosts
from app.processes.terminal.follow import Follower
from app.processes.terminal.remote import commands
from app.processes.terminal.remote.arguments import read_params
from app.processes.terminal.remote.rows import RemoteRows
from app.processes.terminal.screen import Screen
from app.queue.params import sealing
from app.settings import Settings, variable
from tests.direct import Direct
from tests.store import claimed, done, stored
from tests.unit.api.conftest import OWN, application

__all__ = ["application"]
Said = pytest.CaptureFixture[str]


@pytest.fixture
def direct(application: FastAPI, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Direct:
    """The way to the other machine, which takes tokens."""
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    monkeypatch.setenv("JOBDECK_TOKEN", "a-token-of-there")
    files.use_folder(tmp_path / "files")
    sealing.use_key("k" * 32)
    direct = Direct(Guard(application, hosts=Hosts(host="127.0.0.1", port=8080)))
    there = functools.partial(Jobdeck, transport=direct, patience_seconds=0)
    monkeypatch.setattr(commands, "Jobdeck", there)
    return direct


def run(*words: str) -> int:
    return main.main([*words, "--server", OWN])


def test_a_job_is_started_there_by_who_has_the_token(direct: Direct, capsys: Said) -> None:
    assert run("start", "hello", "name=Ada", "times=2", "--no-wait") == 0

    job = job_queries.get_job(int(capsys.readouterr().out))
    assert (job.kind, job.params["name"], job.params["times"]) == ("hello", "Ada", 2)
    assert {one.headers["Authorization"] for one in direct.asked} == {"Bearer a-token-of-there"}


def test_values_that_do_not_fit_are_named_as_of_a_start_here(direct: Direct, capsys: Said) -> None:
    assert run("start", "hello", "times=99", "--no-wait") == 2
    assert run("start", "helo", "--no-wait") == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert "  times: " in said.err
    assert "There is no kind named 'helo'" in said.err


def test_a_server_that_is_not_there_ends_it_with_1(
    capsys: Said, direct: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused")

    away = functools.partial(Jobdeck, transport=httpx.MockTransport(refuse), patience_seconds=0)
    monkeypatch.setattr(commands, "Jobdeck", away)

    assert run("jobs") == 1
    assert capsys.readouterr().err.startswith("Nobody answers: Connection refused.")
    assert main.main(["jobs", "--server", "deck.example"]) == 2


def test_jobs_are_found_there(direct: Direct, capsys: Said) -> None:
    first, _ = stored(kind="import_rows", title="Import"), stored(kind="count", title="Count")
    assert claimed(first)
    assert done(first, result="3 rows")

    assert run("jobs", "state:succeeded") == 0
    said = capsys.readouterr()
    assert said.out.endswith("Import 3 rows\n")
    assert said.err == "1 of 1 job.\n"

    assert run("jobs", "--json", "--limit", "1") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [one["kind"] for one in answer["items"]] == ["count"]
    assert answer["count"] == 2

    assert run("jobs", "stat:failed") == 2
    assert "There is no field stat. Did you mean state?" in capsys.readouterr().err


async def test_a_job_that_failed_there_is_told_with_its_attempts(direct: Direct) -> None:
    message = stored(max_attempts=1)
    assert claimed(message)
    assert done(message, outcome="failed", result=None, failure=Failure(type="E", message="it broke", signature="s"))
    out = io.StringIO()

    with Jobdeck(OWN, transport=direct) as deck:
        silent = httpx.MockTransport(lambda _request: httpx.Response(503))
        rows = RemoteRows(deck, AsyncJobdeck(OWN, transport=silent))
        before = await asyncio.to_thread(rows.job, message.job_id)
        job = await Follower(before, Screen(out), rows).run()
        attempts = await asyncio.to_thread(rows.attempts, job.id)

    assert job.state == "failed"
    assert [one.error and one.error.message for one in attempts] == ["it broke"]


def test_secrets_are_asked_for_and_files_sent(direct: Direct, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n")
    with Jobdeck(OWN, transport=direct) as deck:
        schema = deck.kind("hello").schema_
        given = ["password=", f"file={tmp_path / 'rows.csv'}", "name=2026", 'addresses=[{"street": "Elm"}]']

        params = read_params(deck, schema, given, ask=lambda title: f"the {title.lower()}")

    assert (params["name"], params["password"]) == ("2026", "the password")
    assert params["addresses"] == [{"street": "Elm"}]
    assert len(params["file"]) > 20


@pytest.mark.thorough
def test_schedules_are_worked_on_there(direct: Direct, capsys: Said) -> None:
    assert run("schedule", "add", "hello", "name=Ada", "--cron", "0 3 * * *", "--not-between", "22:00-06:00") == 2
    assert run("schedule", "add", "hello", "name=Ada", "--cron", "0 8 * * *", "--not-between", "22:00-06:00") == 0
    number = capsys.readouterr().out.strip()
    assert run("schedule", "edit", number, "times=3", "--zone", "Europe/Berlin") == 0
    assert run("schedule", "pause", number, "--reason", "moving") == 0
    assert run("schedule", "list") == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1].split()[:4] == [f"#{number}", "Say", "hello", "paused"]
    assert run("schedule", "resume", number) == 0
    assert run("schedule", "run", number, "times=4") == 0
    started = job_queries.get_job(int(capsys.readouterr().out.splitlines()[-1]))
    assert (started.params["name"], started.params["times"]) == ("Ada", 4)
    assert run("schedule", "show", number, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["params"]["times"], shown["timezone"], shown["enabled"]) == (3, "Europe/Berlin", True)
    assert run("schedule", "show", number) == 0
    assert run("schedule", "remove", number) == 0


def test_what_comes_next_there_and_the_crontab_of_there(direct: Direct, capsys: Said) -> None:
    assert run("schedule", "add", "hello", "name=Ada", "--cron", "0 8 * * *", "--zone", "Europe/Berlin") == 0
    number = capsys.readouterr().out.strip()

    assert run("schedule", "next", number, "--count", "2") == 0
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()] == ["08:00:00"] * 2
    assert run("schedule", "lint", "0 8 * * *") == 0
    assert capsys.readouterr().out == "At 08:00 every day (UTC)\n"
    assert run("schedule", "export") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "CRON_TZ=Europe/Berlin" in lines
    assert lines[-1].startswith("0 8 * * * ")
    assert f"start --server {OWN} hello 'name=\"Ada\"'" in lines[-1]


def test_a_crontab_of_this_machine_is_shown_as_it_would_be_there(direct: Direct, capsys: Said, tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text("0 3 * * * /usr/bin/true\n")

    assert run("schedule", "import", str(tmp_path / "crontab")) == 0

    assert capsys.readouterr().out.startswith("0 3 * * * /usr/bin/true\n")


SCHEMA: dict[str, Any] = {
    "properties": {
        "count": {"type": "integer"},
        "share": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "pause": {"type": "string", "format": "duration"},
        "place": {"$ref": "#/$defs/Place"},
        "zip": {"type": "string"},
    },
    "$defs": {"Place": {"type": "object", "properties": {"number": {"type": "integer"}}}},
}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("count=10", 10),
        ("count=10.000", "10.000"),  # it may mean ten thousand: the server refuses the text
        ("count=1e3", "1e3"),
        ('place={"number": 10.000}', {"number": "10.000"}),
        ('place={"number": 1, "number": 2}', '{"number": 1, "number": 2}'),
        ("share=10.000", 10.0),
        ("share=2", 2),
        ("share=null", None),
        ("pause=90", 90),
        ("pause=1.5", 1.5),
        ("pause=PT90S", "PT90S"),
        ("zip=10.000", "10.000"),
    ],
)
def test_a_text_stands_for_what_it_stands_for_here(given: str, value: object) -> None:
    with Jobdeck(OWN, token="") as deck:
        [found] = read_params(deck, SCHEMA, [given]).values()
    assert (type(found), found) == (type(value), value)
