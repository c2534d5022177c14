"""The kinds of values that a list is narrowed by: read from an address, written into it, shown to people."""

from datetime import datetime, timedelta, timezone

import pytest

from app.db import JobFilter, State
from app.db.queries.filter_fields import IDS, INSTANTS, MAX_SEARCH_WORDS, STATES
from app.errors import InvalidInput


def test_what_is_written_into_an_address_is_read_from_it() -> None:
    at = datetime(2026, 11, 1, 8, 30, tzinfo=timezone(timedelta(hours=2)))
    states = frozenset({State.RUNNING, State.FAILED})

    assert INSTANTS.read(INSTANTS.write(at)) == at
    assert INSTANTS.show(at) == "01 Nov 2026 06:30 UTC"
    assert STATES.write(states) == "failed,running"
    assert STATES.read("running, failed") == states
    assert (IDS.read("12"), IDS.show(12)) == (12, "#12")


@pytest.mark.parametrize("text", ["0", "-1", "\u0661", "1.0", "", "99999999999999999999"])
def test_what_is_no_number_of_a_job_is_not_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the page says the hint of the kind, not what is in it
        IDS.read(text)


@pytest.mark.parametrize("text", ["2026-11-01T08:30:00", "yesterday", ""])
def test_a_time_without_a_zone_is_not_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        INSTANTS.read(text)


def test_the_words_of_a_search_are_counted_once_each() -> None:
    words = [f"word{number}" for number in range(MAX_SEARCH_WORDS)]

    assert JobFilter(text=" ".join([*words, *words, "WORD1"])).text

    with pytest.raises(
        InvalidInput, match=f"at most {MAX_SEARCH_WORDS} words; these are {MAX_SEARCH_WORDS + 1}"
    ) as told:
        JobFilter(text=" ".join([*words, "another"]))
    assert [field.field for field in told.value.fields] == ["q"]


def test_a_search_is_no_longer_than_a_page_of_an_address_bar() -> None:
    with pytest.raises(InvalidInput, match="at most 1,000 characters; these are 1,001"):
        JobFilter(text="x" * 1001)


def test_a_word_that_is_said_twice_is_looked_for_once(database: str) -> None:
    once, twice = (JobFilter(text=text).conditions()[0] for text in ("needle", "needle NEEDLE needle"))

    assert str(once.compile(compile_kwargs={"literal_binds": True})) == str(
        twice.compile(compile_kwargs={"literal_binds": True})
    )
