"""The client knows all that the API says of a job."""

import httpx
import pytest
from pydantic import BaseModel

from app.client import answers
from app.client.answers import JobdeckError
from app.db import JobSnapshot
from app.db.snapshots import parts
from app.db.snapshots.files import Artifact


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (answers.Job, JobSnapshot),
        (answers.Progress, parts.Progress),
        (answers.Failure, parts.Failure),
        (answers.LogLine, parts.LogLine),
    ],
)
def test_the_fields_are_those_of_the_api(ours: type[answers.Answer], theirs: type[BaseModel]) -> None:
    assert set(ours.model_fields) == set(theirs.model_fields)
    assert set(answers.File.model_fields) <= set(Artifact.model_fields)


def test_an_answer_that_is_no_problem_is_told_with_its_address_and_status() -> None:
    page = httpx.Response(502, text="<h1>Bad gateway</h1>", request=httpx.Request("GET", "http://deck.example/a"))

    assert str(JobdeckError.of(page)) == "http://deck.example/a answered 502."
