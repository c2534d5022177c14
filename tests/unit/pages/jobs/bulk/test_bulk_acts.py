"""The sentence about what an act on many jobs did."""

import pytest

from app.pages.jobs.bulk.bulk_acts import say_done


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ("60 retried", "60 jobs are retried."),
        ("1 deleted", "1 job is deleted."),
        ("1,200 cancelled, 3 asked to stop", "1,200 jobs are cancelled, 3 asked to stop."),
        ("0 retried, 1 was gone already", "0 jobs are retried, 1 was gone already."),
    ],
)
def test_the_count_and_the_outcome_are_said(result: str, sentence: str) -> None:
    assert say_done(result) == sentence
