"""JSON as people type it: nothing in it is dropped, and whatever it is, the answer is a sentence."""

import pytest

from app.typed_json import NotJson, read_json


def test_json_is_read() -> None:
    assert read_json('{"a": [1, 2.5, null], "b": {"a": 1}}') == {"a": [1, 2.5, None], "b": {"a": 1}}
    assert read_json("[1, 1.50]", fraction=str) == [1, "1.50"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "This is not JSON, line 1, column 2."),
        ("", "This is not JSON, line 1, column 1."),
        ('{"a": {"b": 1, "b": 2}}', 'This has the key "b" twice.'),
        ("NaN", "This is not JSON: it has NaN."),
        ("[" * 100_000, "This is nested too deeply."),
        ("9" * 5000, "This has a number of more than 4,300 digits."),
    ],
)
def test_what_is_no_json_is_said_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NotJson) as caught:
        read_json(text)
    assert str(caught.value) == sentence
