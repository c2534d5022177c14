"""What a worker's function gets is what the start checked: the author's own checks run once, and nothing is lost."""

import json
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntFlag
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

import pytest
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    RootModel,
    SerializerFunctionWrapHandler,
    StringConstraints,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)

from app.db.lifecycle import requests
from app.errors import BadDeclaration, InvalidInput, TooLarge
from app.queue import JobContext, Secret, UploadedFile, job, retry, start
from app.queue.acts.control import cancel
from app.queue.kinds.kind import Kind
from app.queue.params.checked import opened
from tests.actors import ME

checks: list[Any] = []
"""What the checks of the kinds below have seen."""


def times_1024(value: int) -> int:
    checks.append(value)
    return value * 1024


def split(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


def within_itself() -> list[Any]:
    """Return a list that has no end."""
    found: list[Any] = []
    found.append(found)
    return found


def in_each_other(number: int) -> list[Any]:
    """Return so many lists in each other."""
    found: list[Any] = []
    for _ in range(number):
        found = [found]
    return found


def in_future(value: datetime) -> datetime:
    """Fit once: whoever asks again later is refused."""
    checks.append(value)
    if len(checks) > 1:
        raise ValueError("That time has passed.")
    return value


class Renamed(BaseModel):
    mb: int = Field(alias="megaBytes")
    zone: str = Field(default="eu", validation_alias=AliasChoices("region", "zone"))


class Hidden(BaseModel):
    limit: int = Field(default=10, exclude=True)


class Written(BaseModel):
    price: Decimal | str = "0"


class Serialized(BaseModel):
    until: date
    price: int

    @field_serializer("price")
    def _euros(self, value: int) -> str:
        return f"{value} EUR"

    @field_serializer("until", mode="wrap")
    def _german(self, value: date, handler: SerializerFunctionWrapHandler) -> str:
        return value.strftime("%d.%m.%Y")


class Whole(BaseModel):
    a: int

    @model_serializer
    def _as_text(self) -> str:
        return f"whole {self.a}"


class Doubled(BaseModel):
    n: int

    @field_validator("n")
    @classmethod
    def _double(cls, value: int) -> int:
        return value * 2


class Settled(BaseModel):
    n: int
    _seen: list[int] = PrivateAttr(default_factory=list)

    def model_post_init(self, context: Any) -> None:
        self.n += 1
        self._seen.append(self.n)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    known: int


class Colour(Enum):
    RED = "red"
    ONE = 1
    HALF = 0.5
    YES = True


class Access(IntFlag):
    READ = 1
    WRITE = 2


class Named(BaseModel):
    model_config = ConfigDict(use_enum_values=True)

    colour: Colour


class Sums(BaseModel):
    total: int

    @model_validator(mode="before")
    @classmethod
    def _add(cls, values: Any) -> Any:
        return {"total": sum(values["parts"])} if "parts" in values else values


class Loads(RootModel[list[Annotated[int, AfterValidator(times_1024)]]]):
    pass


class Window(BaseModel):
    since: datetime = datetime(2026, 1, 1)
    length: timedelta = timedelta(0)


@pytest.fixture(autouse=True)
def _forget(room: Path) -> None:
    checks.clear()


@pytest.fixture
def got(room: Path) -> Callable[..., Any]:
    """Start a kind of one parameter `value`, and return what its function gets in a worker."""

    def got(hint: Any, *given: Any) -> Any:
        return hand_over(declared(hint), *given)

    return got


def declared(hint: Any, default: Any = ...) -> Kind[..., Any]:
    """Declare a kind of one parameter that returns it."""

    def take(ctx: JobContext, value: Any) -> Any:
        return value

    take.__name__ = take.__qualname__ = f"take_{uuid.uuid4().hex}"
    take.__annotations__["value"] = hint
    if default is not ...:
        take.__defaults__ = (default,)
    return job(take)


def hand_over(kind: Kind[..., Any], *given: Any) -> Any:
    found = start(kind, {"value": given[0]} if given else {}, by=ME)
    return handed_over(kind, found.id)


def handed_over(kind: Kind[..., Any], job_id: int) -> Any:
    """Call the function as a worker does, with what the row of a job says."""
    return called(kind, json.loads(json.dumps(requests.stored(job_id).params)))


def called(kind: Kind[..., Any], row: dict[str, Any]) -> Any:
    """Call the function with these stored params, as a worker does, and return what it returns, as it is."""
    return kind.function(cast(JobContext, None), **opened(kind.params_model, row))


LONG_AGO = datetime(1, 1, 2, tzinfo=ZoneInfo("America/New_York"))
"""An offset with seconds: the mean time of the place."""
ODD: list[tuple[Any, Any, Any]] = [
    (Annotated[int, AfterValidator(times_1024)], 5, 5120),
    (list[Annotated[int, AfterValidator(times_1024)]], [1, 2], [1024, 2048]),
    (Annotated[int, AfterValidator(times_1024)] | None, 5, 5120),
    (Loads, [1], Loads.model_construct([1024])),
    (Renamed, {"megaBytes": 5, "region": "us"}, Renamed(megaBytes=5, region="us")),
    (list[Renamed], [{"megaBytes": 5}], [Renamed(megaBytes=5)]),
    (Hidden, {"limit": 3}, Hidden(limit=3)),
    (Annotated[int, Field(exclude=True)], 3, 3),
    (Annotated[list[str], BeforeValidator(split)], "a,b", ["a", "b"]),
    (Annotated[str, AfterValidator(split)], "a,b", ["a", "b"]),
    (Annotated[str, AfterValidator(lambda text: {text: (text, {1})})], "a", {"a": ("a", {1})}),
    (Annotated[str, AfterValidator(Decimal)], "1.10", Decimal("1.10")),
    (Annotated[date, AfterValidator(date.isoformat)], "2026-01-01", "2026-01-01"),
    (Annotated[int, AfterValidator(float)], 5, 5.0),
    (Annotated[int, PlainSerializer(lambda value: "five")], 5, 5),
    (Serialized, {"until": "2026-02-01", "price": 5}, Serialized(until=date(2026, 2, 1), price=5)),
    (Whole, {"a": 1}, Whole(a=1)),
    (Doubled, {"n": 3}, Doubled.model_construct(n=6)),
    (Settled, {"n": 3}, Settled(n=3)),
    (Open, {"known": 1, "more": {"deep": [1, None, 0.5]}}, Open(known=1, more={"deep": [1, None, 0.5]})),
    (Named, {"colour": "red"}, Named(colour=Colour.RED)),
    (Sums, {"parts": [1, 2]}, Sums(total=3)),
    (Colour, "red", Colour.RED),
    (Colour, 1, Colour.ONE),
    (Colour, 0.5, Colour.HALF),
    (Access, 3, Access.READ | Access.WRITE),
    (Literal[1, "1", True], "1", "1"),
    (Literal[2, "1", True], True, True),
    (Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True)], " ab ", "AB"),
    (timedelta, "-PT1H", timedelta(hours=-1)),
    (timedelta, timedelta.max, timedelta.max),
    (timedelta, timedelta(microseconds=-1), timedelta(microseconds=-1)),
    (timedelta, timedelta(days=400, microseconds=3), timedelta(days=400, microseconds=3)),
    (datetime, datetime.max, datetime.max.replace(tzinfo=UTC)),
    (datetime, "0001-01-01T00:00:00.000001", datetime(1, 1, 1, microsecond=1, tzinfo=UTC)),
    (datetime, LONG_AGO, LONG_AGO),
    (float, 1e300, 1e300),
    (float, 5, 5.0),
    (int, 10**40, 10**40),
    (Path, "a/../b", Path("a/../b")),
    (UploadedFile | None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "given", "wanted"), ODD, ids=[str(number) for number in range(len(ODD))])
def test_function_gets_what_the_start_checked(got: Callable[..., Any], hint: Any, given: Any, wanted: Any) -> None:
    kind = declared(hint)

    found = hand_over(kind, given)
    checks.clear()
    tried = kind.run_inline(given).result

    assert found == wanted
    assert type(found) is type(wanted)
    assert tried == wanted, "run_inline goes the same way"
    assert type(tried) is type(wanted)


def test_what_a_model_keeps_to_itself_arrives(got: Callable[..., Any]) -> None:
    assert got(Settled, {"n": 3})._seen == [4]
    assert got(Open, {"known": 1, "more": 2}).model_extra == {"more": 2}


def test_what_has_no_end_and_is_made_a_number_arrives(got: Callable[..., Any]) -> None:
    assert got(Annotated[int, BeforeValidator(len)], within_itself()) == 1


def test_the_authors_checks_run_once(got: Callable[..., Any]) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)

    assert got(Annotated[datetime, AfterValidator(in_future)], at) == at
    assert len(checks) == 1


def test_a_default_is_checked_like_a_value_and_made_once(got: Callable[..., Any]) -> None:
    made: list[int] = []
    number = Annotated[int, AfterValidator(times_1024)]

    assert hand_over(declared(number, 5)) == 5120
    assert declared(number, 5).run_inline().result == 5120

    def make() -> int:
        made.append(1)
        return len(made)

    kind = declared(Annotated[int, Field(default_factory=make)])
    found = start(kind, {}, by=ME)
    assert (handed_over(kind, found.id), handed_over(kind, found.id), found.params) == (1, 1, {"value": 1})


def test_a_value_that_a_function_makes_may_be_left_out_in_python(room: Path) -> None:
    kind = declared(Annotated[list[int], Field(default_factory=lambda: [1, 2])])

    assert kind.run_inline().result == [1, 2]
    assert handed_over(kind, kind.start().id) == [1, 2]
    with pytest.raises(TypeError, match="'value'"):
        declared(int).run_inline()


@pytest.mark.parametrize("given", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "9999-12-31T22:59:59.999999Z"])
def test_a_time_that_a_check_puts_into_a_zone_goes_by_its_clock(got: Callable[..., Any], given: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hint = Annotated[datetime, AfterValidator(lambda at: at.astimezone(berlin))]
    wanted = datetime.fromisoformat(given).astimezone(berlin)

    for found in (got(hint, given), *got(list[hint], [given]), declared(hint).run_inline(given).result):
        assert (found, found.tzinfo, found.fold) == (wanted, berlin, wanted.fold)
        assert found - timedelta(days=200) == wanted - timedelta(days=200), "its clock, not so many hours"


def test_a_model_made_in_python_arrives_as_it_is(got: Callable[..., Any]) -> None:
    assert got(Doubled, Doubled(n=3)).n == 6
    assert got(Renamed, Renamed(megaBytes=5)) == Renamed(megaBytes=5)
    assert got(list[Doubled], [Doubled(n=1)])[0].n == 2


@pytest.mark.parametrize(
    ("hint", "given", "shown"),
    [
        (Annotated[int, AfterValidator(times_1024)], 5, 5),
        (Annotated[list[str], BeforeValidator(split)], "a,b", "a,b"),
        (Renamed, {"megaBytes": 5}, {"megaBytes": 5}),
        (Renamed, Renamed(megaBytes=5), {"megaBytes": 5, "region": "eu"}),
        (Serialized, {"until": "2026-02-01", "price": 5}, {"until": "2026-02-01", "price": 5}),
        (Annotated[datetime, AfterValidator(in_future)], datetime(2026, 1, 1), "2026-01-01T00:00:00Z"),
        (timedelta, 90, "PT1M30S"),
    ],
)
def test_people_see_what_was_given_and_another_start_checks_it_again(
    room: Path, hint: Any, given: Any, shown: Any
) -> None:
    kind = declared(hint)

    first = start(kind, {"value": given}, by=ME)
    wanted = handed_over(kind, first.id)
    checks.clear()

    assert first.params == {"value": shown}
    if not isinstance(given, BaseModel):
        assert handed_over(kind, start(kind, first.params, by=ME).id) == wanted


def test_a_run_again_without_edits_gets_the_same_values(room: Path) -> None:
    def take(
        ctx: JobContext,
        until: Annotated[datetime, AfterValidator(in_future)],
        load: Doubled,
        login: list[Annotated[Secret, AfterValidator(lambda secret: Secret(secret.get_secret_value() + "!"))]],
        note: str = "",
    ) -> Any:
        return until, load.n, [one.get_secret_value() for one in login], note

    kind = job(take)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    first = start(kind, {"until": at, "load": {"n": 2}, "login": ["a"]}, by=ME)
    cancel(first.id, by=ME)
    checks.clear()

    again = retry(first.id, params={**first.params, "note": "once more"}, by=ME)

    assert first.params["login"] == ["•••"]
    assert handed_over(kind, first.id) == (at, 4, ["a!"], "")
    assert handed_over(kind, again.id) == (at, 4, ["a!"], "once more")
    assert again.params == {**first.params, "note": "once more"}

    edited = retry(first.id, params={**first.params, "load": {"n": 5}}, by=ME)
    assert handed_over(kind, edited.id)[1] == 10


def test_a_secret_is_never_kept_as_it_was_given(room: Path) -> None:
    class Login(BaseModel):
        user: str
        password: Secret

    def read(value: Any) -> Any:
        user, _, password = value.partition(":")
        return {"user": user, "password": password}

    kind = declared(Annotated[Login, BeforeValidator(read)])
    found = start(kind, {"value": "ada:hunter2"}, by=ME)

    assert handed_over(kind, found.id).password.get_secret_value() == "hunter2"
    assert "hunter2" not in json.dumps(requests.stored(found.id).params)
    assert found.params == {"value": {"user": "ada", "password": "•••"}}


@pytest.mark.parametrize(
    ("returned", "field"),
    [
        ([-(10**4300)], "value"),
        (object(), "value"),
        (lambda: 1, "value"),
        (Renamed(megaBytes=1), "value"),
        (float("nan"), "value"),
        (within_itself(), "value"),
        (in_each_other(150), "value"),
    ],
    ids=range(7),
)
def test_a_check_that_returns_what_nobody_can_store_is_refused_at_the_start(
    room: Path, returned: Any, field: str
) -> None:
    kind = declared(Annotated[int, AfterValidator(lambda value: returned)])

    for begin in (lambda: start(kind, {"value": 1}, by=ME), lambda: kind.run_inline(1)):
        with pytest.raises(InvalidInput) as caught:
            begin()
        assert [one.field for one in caught.value.fields] == [field]


def test_a_number_of_more_digits_than_python_writes_is_refused(room: Path) -> None:
    for number in (10**4300, -(10**4300)):
        kind = declared(int)
        for begin in (partial(start, kind, {"value": number}, by=ME), partial(kind.run_inline, number)):
            with pytest.raises(InvalidInput) as caught:
                begin()
            assert [one.message for one in caught.value.fields] == ["Enter a number of at most 4,300 digits."]
    assert hand_over(declared(int), 10**4299) == 10**4299


def test_a_check_that_breaks_is_said_in_a_sentence(room: Path) -> None:
    kind = declared(Annotated[int, AfterValidator(lambda value: 1 // value)])

    with pytest.raises(InvalidInput, match="A check of this kind failed: ZeroDivisionError"):
        start(kind, {"value": 0}, by=ME)
    with pytest.raises(InvalidInput, match="A check of this kind failed: SystemExit: 3"):
        start(declared(Annotated[int, AfterValidator(lambda _: sys.exit(3))]), {"value": 0}, by=ME)


def test_a_model_that_a_check_makes_another_is_refused(room: Path) -> None:
    class Part(BaseModel):
        n: int

    more = declared(Annotated[Part, AfterValidator(lambda part: part.model_copy(update={"more": 1}))])
    less = declared(Annotated[Part, AfterValidator(lambda _: Part.model_construct())])  # type: ignore[call-arg]  # it lacks one

    for kind, words in ((more, "makes it a Part with another attribute, more,"), (less, "makes it a Part without n,")):
        for begin in (partial(start, kind, {"value": {"n": 1}}, by=ME), partial(kind.run_inline, {"n": 1})):
            with pytest.raises(InvalidInput, match=words):
                begin()


def test_a_part_of_a_model_that_cannot_be_stored_is_named(room: Path) -> None:
    class Part(BaseModel):
        names: list[Annotated[str, AfterValidator(lambda name: object() if name == "b" else name)]]

    kind = declared(list[Part])

    with pytest.raises(InvalidInput) as caught:
        start(kind, {"value": [{"names": ["a", "b"]}]}, by=ME)
    assert [one.field for one in caught.value.fields] == ["value.0.names.1"]


def test_a_row_of_an_older_version_still_runs(room: Path) -> None:
    """Its params are what Pydantic wrote of the checked values, and nothing is beside them."""
    scaled = declared(Annotated[int, AfterValidator(times_1024)])
    several = declared(Annotated[list[str], BeforeValidator(split)])
    window = declared(Window)

    def old(kind: Kind[..., Any], value: Any) -> Any:
        return called(kind, {"value": value})

    assert old(several, ["a", "b"]) == ["a", "b"]
    assert old(window, {"since": "2026-01-01T00:00:00", "length": "P1Y35D"}).length == timedelta(days=400)
    assert old(scaled, 5) == 5120
    assert old(declared(Access), 3) == Access.READ | Access.WRITE


def test_a_kind_that_changed_meanwhile_says_which_values_do_not_fit(room: Path) -> None:
    changed: list[tuple[Any, dict[str, Any]]] = [
        (int, {"value": "many"}),
        (int, {}),
        (int, {"value": 1, "gone": 1}),
        (Colour, {"value": "blue"}),
        (Colour, {"value": ["red"]}),
        (Window, {"value": {"since": "soon"}}),
        (Window, {"value": {"gone": 1}}),
        (Literal["a"], {"value": "b"}),
        (datetime, {"value": 5}),
        (Secret, {"value": "open"}),
    ]
    for hint, stored in changed:
        with pytest.raises(InvalidInput, match="do not fit this kind any more"):
            called(declared(hint), stored)
    assert called(declared(int, 7), {}) == 7
    assert called(declared(Window), {"value": {}}) == Window(since=datetime(2026, 1, 1))


def test_one_rule_for_times_at_every_door(got: Callable[..., Any]) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    seen: list[Any] = []

    def is_aware(at: datetime) -> datetime:
        seen.append(at.tzinfo)
        return at

    for given in ("2026-01-01T12:00", "2026-01-01 12:00", "2026-01-01T13:00+01:00", datetime(2026, 1, 1, 12), noon):
        assert got(datetime, given) == noon
        assert got(AwareDatetime, given) == noon
        assert got(list[datetime | None], [given, None]) == [noon, None]
        assert got(Window, {"since": given}).since == noon
        assert got(Annotated[datetime, AfterValidator(is_aware)], given) == noon
    assert None not in seen
    assert got(datetime, "2026-01-01") == datetime(2026, 1, 1, tzinfo=UTC)
    for hint in (datetime, AwareDatetime):
        assert hand_over(declared(hint, datetime(2026, 1, 1))) == datetime(2026, 1, 1, tzinfo=UTC)
        assert declared(hint, datetime(2026, 1, 1)).run_inline().result == datetime(2026, 1, 1, tzinfo=UTC)
    assert got(Window, {}).since == datetime(2026, 1, 1, tzinfo=UTC)


class Shape(Enum):
    SQUARE = (1, 1)


class Pause(Enum):
    SHORT = timedelta(hours=1)


class Day(Enum):
    FIRST = date(2026, 1, 1)


class Price(Enum):
    LOW = Decimal("1.10")


class Nothing(Enum):
    NONE = None


class NoNumber(Enum):
    NAN = float("nan")


class Empty(Enum):
    pass


@pytest.mark.parametrize("hint", [Shape, Pause, Day, Price, Nothing, NoNumber, Empty])
def test_a_choice_that_nobody_can_type_is_refused_at_import(room: Path, hint: Any) -> None:
    for declaration in (hint, list.__class_getitem__(hint), hint | None):
        with pytest.raises(BadDeclaration, match=rf"parameter 'value': {hint.__name__}"):
            declared(declaration)


def test_a_field_that_is_read_by_its_place_is_refused_at_import(room: Path) -> None:
    class ByPlace(BaseModel):
        first: str = Field(validation_alias=AliasPath("names", 0))

    with pytest.raises(BadDeclaration, match=r"parameter 'value', field 'first': AliasPath names no key"):
        declared(list[ByPlace])


def test_a_parameter_has_one_name(room: Path) -> None:
    with pytest.raises(BadDeclaration, match="'value': an alias would give it two names"):
        declared(Annotated[int, Field(alias="v")])


def test_a_default_that_nobody_can_store_is_refused_at_import(room: Path) -> None:
    with pytest.raises(BadDeclaration, match="parameter 'value': the default 1 cannot be stored"):
        declared(Annotated[int, AfterValidator(lambda value: object())], 1)
    with pytest.raises(BadDeclaration, match="parameter 'value': its own check of the default failed"):
        declared(Annotated[int, AfterValidator(lambda value: 1 // value)], 0)


def test_what_was_given_counts_for_the_limit_of_size_too(room: Path) -> None:
    kind = declared(Annotated[str, AfterValidator(len)])

    with pytest.raises(TooLarge):
        start(kind, {"value": "x" * 70_000}, by=ME)


def test_starts_that_differ_in_a_secret_alone_are_two(room: Path) -> None:
    class Login(BaseModel):
        user: str
        password: Secret

    @job(unique="params")
    def sign_in(ctx: JobContext, logins: list[Login], token: Secret | None = None) -> None:
        """Sign in."""

    def begin(password: str, token: str | None = None) -> int:
        return start(sign_in, {"logins": [{"user": "ada", "password": password}], "token": token}, by=ME).id

    assert begin("a") == begin("a")
    assert len({begin("a"), begin("b"), begin("a", "t"), begin("a", "u")}) == 4
