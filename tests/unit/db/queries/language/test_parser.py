"""What a query means, and what is said of one that cannot be read."""

import pytest

from app.db import JobFilter
from app.db.queries.language.fields import FIELDS
from app.db.queries.language.mistakes import QueryMistake
from app.db.queries.language.parser import parse
from app.db.queries.language.tokens import MAX_TERMS
from app.db.queries.language.tree import All, AnyOf, Not, Word

MISTAKES = {
    "state:open": (7, "“open” is nothing for state.", "scheduled, queued, running"),
    "kind:": (6, "The value is missing.", "right after the colon"),
    "kind: import": (6, "The value is missing.", "right after the colon"),
    "stat:failed": (1, "There is no field stat.", "Did you mean state?"),
    "colour:red": (1, "There is no field colour.", "searched for in quotes"),
    'a "b c': (3, "This quotation has no end.", 'A closing "'),
    "a (b OR c": (3, "This parenthesis has no end.", "A closing )"),
    "a b) c": (4, "This parenthesis was never opened.", "( is expected"),
    "()": (2, ") joins nothing here.", 'A word, "a phrase"'),
    "OR a": (1, "OR joins nothing here.", 'A word, "a phrase"'),
    "a OR": (5, "The search ends here.", 'A word, "a phrase"'),
    "a AND OR b": (7, "OR joins nothing here.", 'A word, "a phrase"'),
    "a NOT": (6, "The search ends here.", 'A word, "a phrase"'),
    "duration:30s": (10, "duration is compared in another way.", "One of >, >=, <, <= is expected: duration:>30s."),
    "duration:>soon": (11, "“soon” is nothing for duration.", "A duration such as 30s"),
    "state:>failed": (7, "state is compared in another way.", "Its value alone is expected: state:failed."),
    "attempt:>x": (10, "“x” is nothing for attempt.", "A whole number"),
    "id:0": (4, "“0” is nothing for id.", "A number such as 12"),
    "after:someday": (7, "“someday” is nothing for after.", "A day (2026-11-01)"),
    "before:0001-01-01": (8, "“0001-01-01” is nothing for before.", "A year from 1970 to 9000"),
    "params:x": (1, "params needs the name of a part.", "params.customer.id:123 is expected."),
    "kind.x:y": (1, "kind has no parts.", "kind:import_* is expected."),
    "(" * 21 + "a" + ")" * 21: (21, "There are more than 20 parentheses", "Fewer of them"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_answered_with_its_place_and_what_was_expected(text: str) -> None:
    position, problem, expected = MISTAKES[text]

    with pytest.raises(QueryMistake) as told:
        JobFilter(text=text)

    assert told.value.position == position
    assert told.value.message.startswith(f"At character {position} of the search: {problem}")
    assert expected in told.value.expected
    assert [field.field for field in told.value.fields] == ["q"]


def test_words_stand_for_themselves_where_they_are_no_fields() -> None:
    for text in ("http://127.0.0.1:80/x", "10:30", "KeyError:", "a-b", "C:x", "- x", "it's", "^a.c+$", "[a-z]"):
        assert parse(text) == (Word(text.casefold()) if " " not in text else All((Word("-"), Word("x"))))


def test_and_binds_tighter_than_or_and_not_tighter_than_both() -> None:
    a, b, c = Word("a"), Word("b"), Word("c")

    assert parse("a b OR -c") == AnyOf((All((a, b)), Not(c)))
    assert parse("a AND (b OR NOT c)") == All((a, AnyOf((b, Not(c)))))
    assert parse('"OR" "(" "-c"') == All((Word("or"), Word("("), Word("-c")))
    assert parse("  ") == All(())


def test_a_quotation_can_hold_a_quote() -> None:
    assert parse(r'"say \"no\" \\ once"') == Word(r'say "no" \ once')


def test_the_words_of_a_search_are_counted_once_each() -> None:
    words = [f"word{number}" for number in range(MAX_TERMS)]

    assert JobFilter(text=" ".join([*words, *words, "WORD1"])).text

    with pytest.raises(QueryMistake, match=f"at most {MAX_TERMS} words; these are {MAX_TERMS + 1}") as told:
        JobFilter(text=" ".join([*words, "another"]))
    assert [field.field for field in told.value.fields] == ["q"]


def test_a_search_is_no_longer_than_an_address_can_be() -> None:
    with pytest.raises(QueryMistake, match="at most 1,000 characters; these are 1,001"):
        JobFilter(text="x" * 1001)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_s_example_can_be_asked_for(database: str, name: str) -> None:
    assert JobFilter(text=FIELDS[name].example).conditions()
