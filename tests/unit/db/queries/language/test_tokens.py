"""A query in pieces: words, phrases, signs and fields, each with its place."""

import pytest

from app.db.queries.language.mistakes import QueryMistake
from app.db.queries.language.tokens import MAX_CHARACTERS, Token, tokens_of


def test_words_phrases_and_signs_stand_where_they_begin() -> None:
    assert tokens_of('a -"b c" (NOT x)') == [
        Token(at=1, text="a"),
        Token(at=3, text="-", is_sign=True),
        Token(at=4, text="b c", is_quoted=True),
        Token(at=10, text="(", is_sign=True),
        Token(at=11, text="NOT", is_sign=True),
        Token(at=15, text="x"),
        Token(at=16, text=")", is_sign=True),
    ]


def test_a_field_has_a_name_a_path_an_operator_and_a_value() -> None:
    assert tokens_of("params.customer.id:>=12") == [
        Token(at=1, text="12", field="params", path=("customer", "id"), operator=">=", value_at=22)
    ]
    assert tokens_of('kind:"a b"') == [Token(at=1, text="a b", is_quoted=True, field="kind", value_at=6)]


@pytest.mark.parametrize("text", ["https://example.org/x", "12:30", "-", '"AND"', "KeyError:x", "Error:"])
def test_what_only_looks_like_a_field_or_a_sign_is_a_word(text: str) -> None:
    [token] = tokens_of(text)
    assert (token.text, token.field, token.is_sign) == (text.strip('"'), None, False)


def test_in_quotes_a_backslash_stands_before_a_quote_and_is_itself_before_all_else() -> None:
    [token] = tokens_of(r'"say \"no\" \\ twice in C:\temp"')
    assert token.text == r'say "no" \ twice in C:\temp'


def test_a_field_may_be_written_in_capitals_and_a_key_in_quotes() -> None:
    assert tokens_of(r'Params."a.b".c."d \"e\"":1') == [
        Token(at=1, text="1", field="params", path=("a.b", "c", 'd "e"'), value_at=26)
    ]


@pytest.mark.parametrize(
    ("text", "position"),
    [('a "b', 3), ("kind: x", 6), ("kind:", 6), ('a params.b."c:1', 12), ("x" * (MAX_CHARACTERS + 1), None)],
)
def test_what_cannot_be_taken_apart_says_where(text: str, position: int | None) -> None:
    with pytest.raises(QueryMistake) as caught:
        tokens_of(text)
    assert caught.value.position == position
