"""A body is JSON that every part of the program can hold, or is refused with a sentence that says where or why."""

import pytest
from httpx import AsyncClient

from app.api.protocol.strict_json import check_json
from app.errors import Malformed


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not valid JSON"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'{"a": 1} 2', "line 1, column 10"),
        (b"\xff", "UTF-8"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"params": NaN}', "has NaN"),
        (b'{"params": {"ratio": -Infinity}}', "has -Infinity"),
        (b'{"params": {"ratio": 1e999}}', "the number 1e999, which is too large"),
        (b"1" * 5000, "too long"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"params": {"name": "\\u0000"}}', "NUL"),
        (b'{"params": {"\\u0000": 1}}', "NUL"),
        (b'["\\ud83e"]', "surrogate"),
        (b'{"params": {"times": 1, "times": 2}}', "the key 'times' twice"),
        (b'{"\\ud83e": 1, "\\ud83e": 2}', "twice"),
    ],
)
def test_what_is_no_strict_json_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_json(body)

    assert words in caught.value.message


@pytest.mark.parametrize(
    "body", [b"null", b"-0.0", b'"\\ud83e\\udd13"', b'{"a": {"a": [1e300, true]}}', b"[" * 500 + b"]" * 500]
)
def test_strict_json_of_any_shape_is_taken(body: bytes) -> None:
    check_json(body)


async def test_refusal_reaches_a_program_as_a_problem(client: AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/kinds/hello/start", content=b'{"params": NaN}', headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["detail"] == "The body has NaN, which is not JSON."
