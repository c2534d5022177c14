"""The client of Python programs against the API itself."""

import inspect
import json
import re
from pathlib import Path

import httpx
import pytest

import app.client
import jobdeck.client
from app.client import AsyncJobdeck, Job, Jobdeck, JobdeckError, asks
from app.client import deck as deck_module
from app.db.lifecycle.flows import checkpoints
from app.db.lifecycle.start import Message
from app.db.queries import details
from app.db.snapshots.parts import Failure
from tests.direct import Direct
from tests.store import claimed, done, stored
from tests.unit.api.conftest import OWN


def test_a_job_is_started_with_its_params_and_found_again(deck: Jobdeck) -> None:
    job = deck.start("hello", name="Ada", times=2, options={"tags": ["new"], "delay_seconds": 60})

    assert (job.kind, job.state, job.params["name"], job.tags) == ("hello", "scheduled", "Ada", ["greeting", "new"])
    assert deck.job(job.id).created_at == job.created_at
    assert [one.id for one in deck.jobs("kind:hello tag:new")] == [job.id]


def test_params_that_are_called_as_an_argument_is_are_given_as_a_mapping(deck: Jobdeck) -> None:
    job = deck.start("hello", {"name": "Ada"}, times=3)

    assert (job.params["name"], job.params["times"]) == ("Ada", 3)


def test_values_that_do_not_fit_are_named(deck: Jobdeck) -> None:
    with pytest.raises(JobdeckError, match="times") as raised:
        deck.start("hello", times=99)

    assert raised.value.status == 422
    assert [name for name, _ in raised.value.errors] == ["times"]


def test_every_page_of_a_list_is_given(deck: Jobdeck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asks, "PAGE", 2)
    ids = [deck.start("hello").id for _ in range(5)]

    assert [one.id for one in deck.jobs()] == ids[::-1]


def test_a_job_waits_is_cancelled_retried_and_deleted(deck: Jobdeck) -> None:
    job = deck.start("hello", options={"delay_seconds": 60})

    assert deck.cancel(job).state == "cancelled"
    assert deck.retry(job).state == "queued"
    assert deck.cancel(job.id).is_finished
    deck.delete(job)

    with pytest.raises(JobdeckError) as raised:
        deck.job(job.id)
    assert raised.value.status == 404


def test_a_job_that_is_retried_anew_forgets_what_it_saved(deck: Jobdeck) -> None:
    message = stored(kind="hello")
    assert claimed(message)
    checkpoints.save(message.job_id, 1, {"row": 7})
    done(message, outcome="failed", result=None, failure=Failure(type="E", message="", signature="E"))
    assert deck.request("GET", f"/jobs/{message.job_id}/checkpoint")["value"] == {"row": 7}

    deck.retry(message.job_id, anew=True)

    with pytest.raises(JobdeckError) as raised:
        deck.request("GET", f"/jobs/{message.job_id}/checkpoint")
    assert raised.value.status == 404


def test_a_file_is_sent_for_a_parameter(deck: Jobdeck, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n")

    job = deck.start("hello", file=deck.upload(tmp_path / "rows.csv"))

    assert re.fullmatch(r"[\w-]{20,}", job.params["file"])


def test_anything_else_of_the_api_is_asked_for(deck: Jobdeck) -> None:
    assert deck.request("POST", "/queues/mail/pause", {"reason": "full"})["paused_reason"] == "full"
    assert deck.request("GET", "/cron", expression="0 3 * * *")["sentence"] == "At 03:00 every day"


def test_a_job_is_followed_to_its_end_though_nothing_is_told_of_it(
    deck: Jobdeck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deck_module, "AGAIN_SECONDS", 0)
    message = stored(kind="hello")
    seen: list[str] = []

    for job in deck.follow(message.job_id):
        seen.append(job.state)
        go_on(message, seen)

    assert seen == ["queued", "running", "succeeded"]


def go_on(message: Message, seen: list[str]) -> None:
    """Let the job begin, then end."""
    if len(seen) == 1:
        assert claimed(message)
    elif len(seen) == 2:
        assert done(message, result="3 rows")


def test_waiting_answers_the_finished_job(deck: Jobdeck) -> None:
    message = stored(kind="hello")
    assert claimed(message)
    assert done(message, result="3 rows")

    assert deck.wait(message.job_id).result == "3 rows"
    assert list(deck.log(message.job_id)) == []
    assert len(details.list_attempts(message.job_id)) == 1


def test_a_token_is_shown_and_a_path_below_which_it_is_served_is_kept() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"items": [], "next": None})

    with Jobdeck("http://deck.example/jobs/", "secret", transport=httpx.MockTransport(answer)) as deck:
        assert list(deck.jobs("state:failed")) == []

    assert str(asked[0].url).startswith("http://deck.example/jobs/api/v1/jobs?q=state%3Afailed&")
    assert asked[0].headers["Authorization"] == "Bearer secret"


def test_a_start_whose_answer_was_lost_is_one_job(direct: Direct) -> None:
    lost: list[httpx.Response] = []

    def answer(request: httpx.Request) -> httpx.Response:
        response = direct.handle_request(request)
        if request.method == "POST" and not lost:
            lost.append(response)
            raise httpx.ReadError("the answer was lost")
        return response

    with Jobdeck(OWN, transport=httpx.MockTransport(answer)) as deck:
        job = deck.start("hello")

        assert job.id == json.loads(lost[0].content)["id"]
        assert [one.id for one in deck.jobs()] == [job.id]


def test_both_clients_have_the_same_methods() -> None:
    def shape(client: type[object]) -> dict[str, str]:
        methods = inspect.getmembers(client, inspect.isfunction)
        return {
            name.replace("__a", "__"): str(list(inspect.signature(method).parameters))
            for name, method in methods
            if not name.startswith("_")
        }

    assert shape(AsyncJobdeck) == shape(Jobdeck)
    assert Job.__module__ == "app.client.answers"


def test_programs_import_the_client_as_jobdeck_client() -> None:
    assert jobdeck.client.__all__ == app.client.__all__
    for name in app.client.__all__:
        assert getattr(jobdeck.client, name) is getattr(app.client, name)
