"""What differs between two jobs."""

from typing import Any

import pytest

from app.db.clock import now
from app.db.lifecycle import reported, requests
from app.db.queries.comparing.two_jobs import DEEPEST, compare, differences
from app.db.snapshots.parts import Failure, NewLogLine
from app.db.snapshots.secrets import SEALED
from app.errors import NotFound
from tests.actors import person
from tests.store import claimed, done, stored


def ended(params: dict[str, Any], result: Any, *lines: str) -> int:
    message = stored(params=params)
    assert claimed(message)
    say(message.job_id, 1, *lines)
    assert done(message, result=result) is not None
    return message.job_id


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3]}, [("b.1", 2, 3)]),
        ({"a": 1}, {"b": 1}, [("a", 1, None), ("b", None, 1)]),
        ([1], [1, {"x": None}], [("1", None, {"x": None})]),
        ("a", "b", [("", "a", "b")]),
        (True, 1, [("", True, 1)]),
        (1, 1.0, []),
        ({"a": {"b": "c"}}, {"a": "c"}, [("a", {"b": "c"}, "c")]),
        (None, None, []),
    ],
)
def test_values_are_compared_by_their_paths(one: Any, other: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert [(found.path, found.one, found.other) for found in differences(one, other)] == expected


def test_what_lies_deep_is_compared_as_a_whole() -> None:
    one: Any = 1
    other: Any = 2
    for _ in range(2 * DEEPEST):
        one, other = [one], [other]

    [found] = differences(one, other)

    assert found.path == ".".join(["0"] * DEEPEST)


@pytest.mark.usefixtures("database")
def test_two_jobs_are_held_beside_each_other() -> None:
    first = ended({"day": 1, "key": {SEALED: "x"}}, {"rows": 3}, "Begins", "3 rows", "Ends")
    second = ended({"day": 2, "key": {SEALED: "y"}}, {"rows": 4}, "Begins", "4 rows", "Ends")

    found = compare(first, second)

    assert [(one.path, one.one, one.other) for one in found.params] == [("day", 1, 2)]
    assert [(one.path, one.one, one.other) for one in found.result] == [("rows", 3, 4)]
    assert [(line.of, line.text) for line in found.log] == [
        ("both", "Begins"),
        ("one", "3 rows"),
        ("other", "4 rows"),
        ("both", "Ends"),
    ]
    assert (found.one.id, found.other.id, found.is_cut_off, found.error) == (first, second, False, [])
    assert compare(first, first).params == []


@pytest.mark.usefixtures("database")
def test_two_attempts_of_a_job_are_held_beside_each_other() -> None:
    message = stored(params={"day": 1})
    assert claimed(message, worker="w1")
    say(message.job_id, 1, "Begins", "Breaks")
    assert done(message, outcome="failed", result=None, failure=Failure(type="E", message="m", signature="E: m"))
    _, again, _ = requests.retry(message.job_id, retries=0, by=person("ops"), is_anew=False)
    assert claimed(again, worker="w2")
    say(message.job_id, 2, "Begins", "Ends", first=3)
    assert done(again, worker="w2", result={"rows": 3})

    found = compare(message.job_id, message.job_id, attempts=(1, 2))

    assert found.attempts is not None
    assert [(one.number, one.state) for one in found.attempts] == [(1, "failed"), (2, "succeeded")]
    assert [(one.path, one.one, one.other) for one in found.error if one.path in ("", "type")] == [
        ("", {"type": "E", "message": "m", "signature": "E: m"}, None)
    ]
    assert [(one.one, one.other) for one in found.result] == [(None, {"rows": 3})]
    assert {("attempt", 1, 2), ("worker", "w1", "w2")} <= {(one.path, one.one, one.other) for one in found.timing}
    assert [(line.of, line.text) for line in found.log] == [("both", "Begins"), ("one", "Breaks"), ("other", "Ends")]
    assert found.params == []
    with pytest.raises(NotFound, match="no attempt 3"):
        compare(message.job_id, message.job_id, attempts=(1, 3))


def say(job_id: int, attempt: int, *texts: str, first: int = 1) -> None:
    lines = [
        NewLogLine(job_id=job_id, seq=seq, attempt=attempt, at=now(), level=20, text=text)
        for seq, text in enumerate(texts, first)
    ]
    reported.record([], lines)


@pytest.mark.usefixtures("database")
def test_a_job_that_is_gone_is_not_compared() -> None:
    with pytest.raises(NotFound):
        compare(stored().job_id, 99)
