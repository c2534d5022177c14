"""Celery beat schedules, from Python that is never run and from JSON."""

import json
from pathlib import Path

import pytest
from celery.schedules import crontab

from app.errors import InvalidInput
from app.queue.acts.schedules.moving.celery_beat import read
from app.queue.acts.schedules.moving.celery_fields import wall_rule
from app.queue.acts.schedules.moving.entry import Entry

FILE = """
import os
from datetime import timedelta
from celery import Celery
from celery.schedules import crontab, solar

open("{trace}", "w").write("it was run")
HALF_AN_HOUR = 30 * 60
app = Celery("shop")
app.conf.update(timezone="Europe/London", enable_utc=True)
app.conf.beat_schedule = {{
    "tidy": {{"task": "shop.tasks.tidy", "schedule": crontab(minute=30, hour="2"), "args": (3,)}},
    "often": {{"task": "often", "schedule": HALF_AN_HOUR, "kwargs": {{"size": 2}}, "options": {{"queue": "mail"}}}},
    "span": {{"task": "span", "schedule": timedelta(hours=1, seconds=5)}},
    "third": {{"task": "third", "schedule": crontab("0", "3", "mon")}},
    "fields": {{"task": "fields", "schedule": crontab.from_string("0 3 1 * *")}},
    "both": {{"task": "both", "schedule": crontab(0, 3, day_of_month="8-14", day_of_week="tue")}},
    "sun": {{"task": "sun", "schedule": solar("sunset", 51.5, -0.1)}},
    "read": {{"task": "read", "schedule": float(os.environ["EVERY"])}},
}}
app.conf.beat_schedule["later"] = {{"task": "later", "schedule": 90.0}}


@app.on_after_finalize.connect
def more(sender, **_kwargs):
    sender.add_periodic_task(10.0, tidy.s(7, key="k"), name="hello")
"""


@pytest.fixture
def entries(tmp_path: Path) -> dict[str, Entry]:
    """What is read of the file, by name."""
    found = {one.name: one for one in read(FILE.format(trace=tmp_path / "trace"))}
    assert not (tmp_path / "trace").exists()
    return found


@pytest.mark.parametrize(
    ("name", "cron", "every_seconds"),
    [
        ("tidy", "30 2 * * *", None),
        ("often", None, 1800),
        ("span", None, 3605),
        ("third", "0 3 * * 1", None),  # the third argument is the weekday
        ("fields", "0 3 1 * *", None),
        ("both", "0 3 * * 2#2", None),
        ("later", None, 90),
        ("hello", None, 10),
    ],
)
def test_every_form_of_a_schedule_is_read(
    entries: dict[str, Entry], name: str, cron: str | None, every_seconds: int | None
) -> None:
    rule = entries[name].rule
    assert rule is not None, entries[name].problem
    assert (rule.cron, rule.every_seconds, rule.timezone) == ((cron,) if cron else (), every_seconds, "Europe/London")


def test_a_task_keeps_its_arguments(entries: dict[str, Entry]) -> None:
    assert (entries["tidy"].kind, entries["tidy"].arguments) == ("shop.tasks.tidy", [3])
    assert entries["often"].params == {"size": 2}
    assert entries["often"].remarks[1] == "Its options (queue) are not taken over: the kind says them here."
    assert (entries["hello"].kind, entries["hello"].arguments, entries["hello"].params) == ("tidy", (7,), {"key": "k"})


def test_what_is_computed_or_goes_by_the_sun_is_not_taken_over(entries: dict[str, Entry]) -> None:
    assert "The sun is not known here" in (entries["sun"].problem or "")
    assert "os.environ['EVERY'] is not written out: the file is read, not run" in (entries["read"].problem or "")


def test_json_is_read_in_its_usual_forms() -> None:
    given = {
        "a": {"task": "a", "schedule": 30},
        "b": {"task": "b", "schedule": {"crontab": {"minute": "*/10", "day_of_week": "fri-mon"}}},
        "c": {"task": "c", "schedule": {"every": 5, "period": "minutes"}},
        "d": {"task": "d", "schedule": "0 3 * * 1"},
    }
    rules = [one.rule for one in read(json.dumps({"beat_schedule": given}))]
    assert [one and (one.cron, one.every_seconds) for one in rules] == [
        ((), 30),
        (("*/10 * * * 0-1,5-6",), None),
        ((), 300),
        (("0 3 * * 1",), None),
    ]


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (0.5, "goes by whole seconds"),
        ({"crontab": {"day_of_week": "7"}}, "Celery counts from 0, Sunday, to 6"),
        ({"crontab": {"minute": "61"}}, "'61' is no minute"),
        ({"crontab": {"second": "5"}}, "crontab() has no second"),
        ({"every": 5, "period": "moons"}, "cannot be read as a schedule"),
        (True, "is no schedule"),
        ("0 3 * *", "has not five fields"),
    ],
)
def test_what_celery_refuses_says_why(schedule: object, said: str) -> None:
    [found] = read(json.dumps([{"name": "x", "task": "x", "schedule": schedule}]))
    assert found.problem is not None
    assert said in found.problem


COMPOSED = """
ZONE = "Europe/Paris"
CELERY_TIMEZONE = ZONE
BASE = {"base": {"task": "base", "schedule": crontab(minute=0, hour=range(8, 18, 2))}}
ALL = {**BASE, "made": dict(task="made", schedule=crontab(minute=set([0]), hour=list(range(3)), nowfun=None))}
app.conf["beat_schedule"] = ALL
app.conf.beat_schedule.update({"added": {"task": "added", "schedule": crontab(minute="*/15", app=app)}})
app.conf.beat_schedule.update(named={"task": "named", "schedule": schedule(run_every=60.0)})
app.conf.update({"beat_schedule": {"inner": {"task": "inner", "schedule": 30}}})
app.conf.beat_schedule |= {"or": {"task": "or", "schedule": 45}} | dict(right={"task": "right", "schedule": 50})
"""


@pytest.mark.parametrize(
    ("name", "cron", "every_seconds"),
    [
        ("base", "0 8,10,12,14,16 * * *", None),
        ("made", "0 0-2 * * *", None),
        ("added", "*/15 * * * *", None),
        ("named", None, 60),
        ("inner", None, 30),
        ("or", None, 45),
        ("right", None, 50),
    ],
)
def test_a_beat_schedule_that_is_put_together_is_read_whole(
    name: str, cron: str | None, every_seconds: int | None
) -> None:
    found = {one.name: one for one in read(COMPOSED)}
    rule = found[name].rule
    assert rule is not None, found[name].problem
    assert (rule.cron, rule.every_seconds, rule.timezone) == ((cron,) if cron else (), every_seconds, "Europe/Paris")
    assert len(found) == 7


@pytest.mark.parametrize("value", ["load()", "{**load()}", "BASE | load()", "NAMES['beat']"])
def test_a_beat_schedule_that_is_made_elsewhere_is_told(value: str) -> None:
    *_, found = read(f"BASE = {{}}\napp.conf.beat_schedule = {value}\n")
    assert "is not written out: the file is read, not run" in (found.problem or "")


def fixture(**task: object) -> str:
    """Write what django-celery-beat dumps: two ways to say when, and a task."""
    whole = {"name": "Nightly", "task": "shop.tidy", "crontab": None, "interval": None, "args": "[3]", "kwargs": "{}"}
    fields = {"minute": "30", "hour": "2", "day_of_week": "mon-fri", "day_of_month": "*", "month_of_year": "*"}
    rows = [
        ("crontabschedule", 1, {**fields, "timezone": "Europe/Berlin"}),
        ("intervalschedule", 7, {"every": 5, "period": "minutes"}),
        ("periodictasks", 1, {"last_update": "2026-11-30T08:00:00Z"}),
        ("periodictask", 4, {**whole, **task}),
    ]
    return json.dumps([{"model": f"django_celery_beat.{name}", "pk": pk, "fields": of} for name, pk, of in rows])


def test_a_fixture_of_django_celery_beat_is_read() -> None:
    [by_cron], [by_interval] = read(fixture(crontab=1)), read(fixture(interval=7, kwargs='{"size": 2}'))
    assert by_cron.rule is not None, by_cron.problem
    assert by_interval.rule is not None, by_interval.problem
    assert (by_cron.name, by_cron.kind, by_cron.arguments) == ("Nightly", "shop.tidy", [3])
    assert (by_cron.rule.cron, by_cron.rule.timezone) == (("30 2 * * 1-5",), "Europe/Berlin")
    assert (by_interval.rule.every_seconds, by_interval.params) == (300, {"size": 2})


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ({"crontab": 1, "enabled": False}, "It is switched off there."),
        ({"crontab": 1, "one_off": True}, "It fires once"),
        ({"solar": 2}, "by the sun"),
    ],
)
def test_what_of_a_fixture_is_not_taken_over_says_why(task: dict[str, object], said: str) -> None:
    [found] = read(fixture(**task))
    assert said in (found.problem or "")


def test_a_fixture_that_is_broken_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read(fixture(crontab=1, args="[3"))


def test_a_clock_of_its_own_is_told() -> None:
    [found] = read("beat_schedule = {'x': {'task': 'x', 'schedule': crontab(nowfun='local.now')}}")
    assert "a clock of its own (nowfun)" in (found.problem or "")


@pytest.mark.parametrize(
    "given",
    [
        {"day_of_week": "thurs,tues"},
        {"day_of_week": "sat-mon"},
        {"day_of_week": "Wednesday-friday"},
        {"hour": "*/3,8-17"},
        {"hour": "8-17/3"},
        {"minute": "50-10/5"},
        {"month_of_year": "november-feb"},
        {"month_of_year": "jan-mar/2"},
        {"day_of_month": "28-3"},
        {"minute": "*/70"},
    ],
)
def test_odd_crontabs_name_the_times_that_celery_reads(given: dict[str, str]) -> None:
    theirs, ours = crontab(**given), wall_rule(given)
    assert (ours.minutes, ours.hours, ours.days) == (theirs.minute, theirs.hour, theirs.day_of_month)
    assert (ours.months, ours.weekdays) == (theirs.month_of_year, theirs.day_of_week)


@pytest.mark.parametrize("text", ["{broken", "def (:", "[1, 2"])
def test_a_text_that_is_neither_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read(text)


def test_a_file_without_a_beat_schedule_has_no_entries() -> None:
    assert read("app = 5\n") == []


def test_names_that_stand_for_each_other_end() -> None:
    doubled = "\n".join(f"a{number} = [a{number + 1}, a{number + 1}]" for number in range(40))
    for text in (doubled, "a0 = a0"):
        [found] = read(f"{text}\nbeat_schedule = {{'x': {{'task': 'x', 'schedule': 60, 'args': a0}}}}")
        assert "is not written out" in (found.problem or "")


@pytest.mark.parametrize(
    "entry",
    [
        {"task": "x", "schedule": float("nan")},
        {"task": "x", "schedule": float("inf")},
        {"task": "x", "schedule": {"every": float("nan"), "period": "hours"}},
        {"task": "x", "schedule": {"crontab": {"minute": "9" * 9000}}},
        {"task": "x", "schedule": {"crontab": {"minute": "1-2/" + "9" * 9000, "hour": "99"}}},
        {"task": "x", "schedule": 60, "kwargs": {"a": "\ud800"}},
        {"task": "\ud800", "schedule": 60},
    ],
)
def test_values_that_are_none_are_said_so(entry: dict[str, object]) -> None:
    [found] = read(json.dumps({"\ud800": entry}))
    assert found.problem is not None
    assert found.name == "?"


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "{" + "-" * 50_000, "x = " + "-" * 50_000 + "1", "[" + "9" * 9000 + "]"]
)
def test_texts_that_go_deep_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read(text)


def test_calls_and_bytes_among_the_arguments_are_not_taken_over() -> None:
    for value in ("timedelta(1)", "b'x'", "...", "{1: 2}", "{('a',): 2}"):
        [found] = read(f"beat_schedule = {{'x': {{'task': 'x', 'schedule': 60, 'kwargs': {{'a': {value}}}}}}}")
        assert found.problem is not None, value
