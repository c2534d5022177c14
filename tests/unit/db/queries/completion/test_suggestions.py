"""What is offered at the cursor of a query."""

import pytest

from app.db.queries.completion import Vocabulary, complete
from app.db.queries.language import parse

JOBS = Vocabulary(
    values={
        "kind": {"import_orders": 30, "send_digest": 5},
        "state": {"failed": 2, "succeeded": 33},
        "queue": {"default": 34, "mail": 1},
        "tag": {"nightly": 7, "per day": 1},
        "by": {"ops": 3},
    },
    paths={"customer.id": {"123": 4, "45": 9}, "customer.name": {'Ada "A"': 1}, "path": {"a.csv": 2}},
    sampled=35,
)


def offered(text: str) -> list[str]:
    """Return the whole texts that taking each suggestion would lead to; `|` is the cursor."""
    at = text.index("|")
    text = text.replace("|", "")
    found = complete(text, at, JOBS)
    return [text[: found.begin] + one.insert + text[found.end :] for one in found.items]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("st|", ["state:", "kind:send_digest"]),
        ("par|", ["params.", "parent:"]),
        ("state:|", ["state:succeeded", "state:failed", "state:cancelled"]),
        ("state:fa|", ["state:failed"]),
        ("state:failed,su|", ["state:failed,succeeded"]),
        ("-kind:imp|", ["-kind:import_orders"]),
        ("(kind:dig|", ["(kind:send_digest"]),
        ("queue:| error:x", ["queue:default error:x", "queue:mail error:x"]),
        ("tag:p|er", ['tag:"per day"']),
        ('tag:"per|', ['tag:"per day"']),
        ("params.|", ["params.customer.id:", "params.path:", "params.customer.name:"]),
        ("params.name|", ["params.customer.name:"]),
        ("params.customer.id:|", ["params.customer.id:45", "params.customer.id:123"]),
        ("params.customer.id:>|", ["params.customer.id:>45", "params.customer.id:>123"]),
        ("params.customer.name:a|", ['params.customer.name:"Ada \\"A\\""']),
        ("duration:|", ["duration:>10s", "duration:>1m"]),
        ("duration:>1|", ["duration:>10s", "duration:>1m"]),
        ("after:y|", ["after:yesterday"]),
        ("nigh|", ["tag:nightly"]),
        ("digest|", ["kind:send_digest"]),
    ],
)
def test_what_can_stand_at_the_cursor_is_offered_the_best_first(typed: str, texts: list[str]) -> None:
    assert offered(typed)[: len(texts)] == texts


@pytest.mark.parametrize("typed", ["title:x|", "colour:r|", "import zebra|", '"a phrase st|', "params.nothing:|"])
def test_nothing_is_offered_where_a_text_of_ones_own_stands(typed: str) -> None:
    assert offered(typed) == []


def test_a_field_begins_a_query_and_its_value_ends_a_piece() -> None:
    [first, *_] = complete("", 0, JOBS).items
    assert (first.insert, first.is_open) == ("state:", True)
    [value, *_] = complete("kind:", 5, JOBS).items
    assert (value.count, value.is_open) == (30, False)


def test_it_says_which_counts_are_those_of_the_newest_jobs() -> None:
    assert [complete(text, len(text), JOBS).is_sampled for text in ("kind:", "state:", "queue:", "params.")] == [
        *(False, False, True, True),
    ]


@pytest.mark.parametrize(
    "typed", ["state:|", "kind:|", "tag:|", "params.customer.name:|", "duration:|", "after:|", "error:|"]
)
def test_whatever_is_taken_can_be_read(typed: str) -> None:
    for text in offered(typed):
        parse(text)
