"""Values of which no type is declared."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.queue.params.untyped import Unkept, read_any, write_any, write_named

VALUES: list[Any] = [
    *("a", 1, 0.5, True, None, [], {}),
    *(date(2026, 1, 1), time(8, 30), datetime(2026, 1, 1, 8, tzinfo=UTC), timedelta(microseconds=-1)),
    *(Decimal("1.10"), UUID(int=1), Path("a"), (1, (2,)), {1, 2}, frozenset({"a"})),
    {"a": [1, {"b": (Decimal(2), None)}], 5: True},
    datetime(2026, 1, 1, 8, tzinfo=ZoneInfo("Europe/Berlin")),
]

NO_ZONE = {"$as": "datetime in zone", "value": ["2026-01-01T08:00:00Z", "Nowhere/Town"]}


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_of_a_known_type_is_read_as_the_same(value: Any) -> None:
    found = read_any(write_any(value))

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "value",
    [object(), float("nan"), float("inf"), [object()], {"a": float("nan")}, b"a"],
    ids=["object", "nan", "infinity", "list of an object", "dict of nan", "bytes"],
)
def test_what_json_cannot_hold_is_refused_with_a_sentence(value: Any) -> None:
    with pytest.raises(Unkept, match=r"\.$"):
        write_any(value)


@pytest.mark.parametrize(
    "kept", [{}, {"$as": "os.system", "value": "x"}, {"$as": "date", "value": "soon"}, {"a": 1}, NO_ZONE]
)
def test_json_that_names_no_known_type_is_refused(kept: Any) -> None:
    with pytest.raises(Unkept, match="What was stored is"):
        read_any(kept)


def test_a_plain_value_may_be_named_too() -> None:
    assert write_named("a") == {"$as": "str", "value": "a"}
