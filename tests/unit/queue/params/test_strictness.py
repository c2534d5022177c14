"""Values that Pydantic would take although they surely mean something else, as a start meets them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from app.errors import InvalidInput
from app.queue import JobContext, Secret, job, registry
from app.queue.kinds.kind import Kind
from app.queue.params.strictness import unfit_values

MISSING = "Fill this in."
UNKNOWN = "There is no such parameter."
WHOLE = "Enter a whole number."
NUMBER = "Enter a number."
DAY = "Enter a date, as 2026-01-31."
TIME = "Enter a date and time, as 2026-01-31T08:30."
PAUSE = "Enter a duration: seconds, or as PT1H30M."


class Level(IntEnum):
    LOW = 1


class Answer(Enum):
    YES = True
    MAYBE = 2


class Port(BaseModel):
    number: int = 1
    log: Path | None = None


class Server(BaseModel):
    host: str = "a"
    ports: list[Port] = []
    weight: Annotated[float, Field(ge=0)] = 1
    zone: str = Field(default="", validation_alias=AliasChoices("zone", "region"))
    short: str = Field(default="", alias="s")


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    known: int = 1


class Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    known: int = Field(default=1, alias="k")


class Renaming(BaseModel):
    new: int = 1

    @model_validator(mode="before")
    @classmethod
    def _read_old(cls, values: Any) -> Any:
        return {"new": values["old"]} if "old" in values else values


def _halves(value: Any) -> Any:
    """Read what nobody else would: the author's own code sees it first."""
    return [int(float(part) / 2) for part in value.split()] if isinstance(value, str) else value


class Ports(RootModel[list[Port]]):
    pass


@pytest.fixture
def take() -> Iterator[Kind[..., None]]:
    """A kind with a parameter of every sort that is looked at."""

    def take(
        ctx: JobContext,
        n: Annotated[int, Field(ge=1)] = 1,
        ratio: float | None = None,
        pause: timedelta = timedelta(0),
        day: date | None = None,
        at: datetime | None = None,
        shares: Annotated[list[int], BeforeValidator(_halves)] = [],  # noqa: B006
        level: Level = Level.LOW,
        answer: Answer = Answer.YES,
        choice: Literal[1, 2] = 1,
        switch: Literal[True, 3] = 3,
        both: Literal[1, True] = 1,
        flag: bool = False,
        path: Path = Path("."),
        paths: list[Path] = [],  # noqa: B006  # pydantic copies it
        server: Server | None = None,
        open: Open | None = None,
        lenient: Lenient | None = None,
        renaming: Renaming | None = None,
        ports: Ports | None = None,
    ) -> None:
        """Take values."""

    with registry.isolated():
        yield job(take)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"n": True}, {"n": WHOLE}),
        ({"n": False}, {"n": WHOLE}),
        ({"ratio": True}, {"ratio": "Enter a number."}),
        ({"pause": True}, {"pause": "Enter a duration: seconds, or as PT1H30M."}),
        ({"pause": "P1M"}, {"pause": "Enter a duration: seconds, or as PT1H30M."}),
        ({"pause": "p1y2m"}, {"pause": "Enter a duration: seconds, or as PT1H30M."}),
        ({"level": True}, {"level": "Choose one of 1."}),
        ({"choice": True}, {"choice": "Choose one of 1, 2."}),
        *(({"switch": no}, {"switch": "Choose one of True, 3."}) for no in (False, 1, 1.0)),
        *(({"answer": no}, {"answer": "Choose one of True, 2."}) for no in (1, 1.0)),
        ({"both": 1.0}, {"both": "Choose one of 1, True."}),
        ({"path": ""}, {"path": MISSING}),
        ({"path": " "}, {"path": MISSING}),
        ({"paths": ["a", ""]}, {"paths.1": MISSING}),
        ({"server": {"hots": "b"}}, {"server.hots": UNKNOWN}),
        ({"server": {"weight": True}}, {"server.weight": "Enter a number."}),
        ({"server": {"ports": [{"numbr": 1}, {"number": True, "log": ""}]}},
         {"server.ports.0.numbr": UNKNOWN, "server.ports.1.number": WHOLE, "server.ports.1.log": MISSING}),
        ({"server": {"short": "x"}}, {"server.short": UNKNOWN}),
        ({"ports": [{"numbr": 1}]}, {"ports.0.numbr": UNKNOWN}),
        ({"server": {"hots": "b", "host": 5}, "n": 0},
         {"n": "Enter 1 or more.", "server.host": "Enter a text.", "server.hots": UNKNOWN}),
        ({"server": 5}, {"server": "Enter an object."}),
        *(({"n": text}, {"n": WHOLE}) for text in ("10.000", "7.0", "1e3", "1_000", " 7", "7 ", "1 000", "1,000", "")),
        *(({"n": number}, {"n": WHOLE}) for number in (2.0**60, -1e300, 10.5)),
        *(({"ratio": text}, {"ratio": NUMBER}) for text in ("1_000.5", " 7", "1,5", "10.000.000", "0x10", "", "1e")),
        *(({"day": odd}, {"day": DAY}) for odd in (20260131, 0, "20260131", "86400", "31.01.2026", True, 1.5)),
        *(({"at": odd}, {"at": TIME}) for odd in (20260131, 1767225600000, "2026", "20260131", True, 1.5)),
        *(({"pause": odd}, {"pause": PAUSE}) for odd in ("-1 days, 23:00:00", "-1d", "1_0", "")),
        ({"level": "1.0"}, {"level": WHOLE}),
        ({"server": {"ports": [{"number": "8_0"}]}}, {"server.ports.0.number": WHOLE}),
        ({"server": {"weight": "1 0"}}, {"server.weight": NUMBER}),
    ],
)  # fmt: skip
def test_value_that_means_something_else_is_refused(
    take: Kind[..., None], values: dict[str, Any], said: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        take.run_inline(**values)

    assert {one.field: one.message for one in caught.value.fields} == said
    assert len(caught.value.fields) == len(said)


@pytest.mark.parametrize(
    "values",
    [
        {"n": 1.0, "ratio": 1, "pause": 5, "flag": True, "path": ".", "paths": ["a b"]},
        {"n": "5", "flag": "true"},
        {"n": "007", "ratio": "1e3"},
        {"n": "+5", "ratio": ".5"},
        {"day": "2026-01-31", "at": "2026-01-31 08:30"},
        {"day": date(2026, 1, 31), "at": datetime(2026, 1, 31)},
        {"pause": "-PT1H"},
        {"pause": "1:30:00"},
        {"pause": "1 day"},
        {"shares": "2.0 4.0"},
        {"answer": True, "switch": True, "level": 1},
        {"answer": 2.0, "switch": 3.0, "both": 1},
        {"both": True},
        {"path": Path("a"), "server": Server(host="b")},
        {"server": {"region": "x", "s": "y", "ports": [{"number": 1, "log": None}]}},
        {"open": {"known": 1, "other": {"anything": True}}},
        {"lenient": {"k": 1, "other": 1}},
        {"lenient": {"known": 1}},
        {"renaming": {"old": 5}},
        {"ports": [{"number": 1}]},
        {"server": None},
    ],
)
def test_value_that_means_what_it_says_is_taken(take: Kind[..., None], values: dict[str, Any]) -> None:
    take.run_inline(**values)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("abc", "Enter at least 4 characters."),
        ("", "Enter at least 4 characters."),
        ("a" * 9, "Enter at most 8 characters."),
    ],
)
def test_the_length_of_a_secret_is_told_in_characters(value: str, said: str) -> None:
    def log_in(ctx: JobContext, password: Annotated[Secret, Field(min_length=4, max_length=8)]) -> None:
        """Log in."""

    with registry.isolated(), pytest.raises(InvalidInput) as caught:
        job(log_in).run_inline(Secret(value))

    assert [one.message for one in caught.value.fields] == [said]


@pytest.mark.parametrize("value", [0, 1, 1.0, 2])
def test_number_is_no_yes_or_no(value: float) -> None:
    class Switch(BaseModel):
        """On or off."""

        is_on: bool

    assert [one.field for one in unfit_values(Switch, {"is_on": value})] == ["is_on"]
    assert unfit_values(Switch, {"is_on": True}) == []
