"""Crontabs, read as cron reads them."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.queue.acts.schedules.moving.crontab import read
from app.queue.acts.schedules.moving.entry import Entry
from app.queue.calendar.foreign.comparing import differences
from app.queue.calendar.foreign.wall_rule import Foreign


def one(text: str, *, is_system: bool | None = None) -> Entry:
    """Read a crontab with one line that fires."""
    [found] = read(text, timezone="Europe/Berlin", is_system=is_system)
    return found


def expression(entry: Entry) -> str:
    assert entry.rule is not None, entry.problem
    return entry.rule.cron[0]


def test_a_line_becomes_a_command_that_runs_as_cron_ran_it() -> None:
    above = "# nightly\nMAILTO=ops@example.org\nHOME=/srv\nPATH = '/usr/bin:/bin'\n\n"
    found = one(above + "30 2 * * 1-5  backup --all >/dev/null\n")
    assert (found.kind, expression(found)) == ("run_command", "30 2 * * 1-5")
    assert found.params == {
        "command": "backup --all >/dev/null",
        "shell": True,
        "folder": "/srv",
        "environment": ["HOME=/srv", "PATH=/usr/bin:/bin"],
    }
    assert found.policies == {"misfire": "skip", "overlap": "allow"}
    assert found.remarks == ["Its output went to ops@example.org by mail; here it is the log of each job."]
    assert found.rule is not None
    assert found.rule.timezone == "Europe/Berlin"


def test_what_stands_after_a_percent_sign_is_read_by_the_command() -> None:
    found = one(r"0 9 * * * mail -s 100\% ops%Hello%it's done")
    assert found.params["command"] == "printf %s 'Hello\nit'\"'\"'s done\n' | { mail -s 100% ops\n}"
    assert one("* * * * * cat%").params["command"] == "printf %s '' | { cat\n}"  # cron writes no line then


def test_another_shell_is_kept() -> None:
    assert one("SHELL=/bin/bash\n@daily echo $A").params == {"command": "/bin/bash -c 'echo $A'", "shell": False}


def test_a_variable_holds_for_the_lines_below_it() -> None:
    first, second = read("0 1 * * * a\nCRON_TZ=America/New_York\n0 1 * * * a", timezone="UTC")
    assert first.rule is not None
    assert second.rule is not None
    assert (first.rule.timezone, second.rule.timezone) == ("UTC", "America/New_York")
    assert "is obeyed, as cronie does; Debian's cron passes it over" in second.remarks[0]


@pytest.mark.parametrize(
    ("line", "user", "command"),
    [
        ("17 * * * * root cd / && run-parts", True, "cd / && run-parts"),
        ("@hourly root sync", True, "sync"),
        ("17 * * * * rooster crow", False, "rooster crow"),
        ("17 * * * * backup /srv", False, "backup /srv"),  # a user of Debian, too
        ("17 * * * * root --help", False, "root --help"),
    ],
)
def test_the_form_with_users_is_told_by_its_lines(line: str, user: bool, command: str) -> None:
    found = one(line)
    assert found.params["command"] == command
    assert any("It ran as root" in remark for remark in found.remarks) == user


def test_the_form_can_be_said() -> None:
    assert one("1 2 * * * root x", is_system=False).params["command"] == "root x"
    assert one("1 2 * * * somebody x", is_system=True).params["command"] == "x"


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("0 0 13 * 5", "0 0 13 * 5"),
        ("0 0 */2 * 1", "0 0 */2 * 1"),
        ("0 3 * jan,Feb mon", "0 3 * jan,Feb mon"),
        ("@weekly", "0 0 * * 0"),
        ("0 9 * * 5#2", "0 9 * * 5"),
        ("5_ * * * *", "5 * * * *"),
        ("0 0 1-5/2/3 * *", "0 0 1,3,5 * *"),
        ("0 0 *-5 * *", "0 0 * * *"),
        ("0~59 3 * * *", "0 3 * * *"),
    ],
)
def test_an_expression_means_here_what_it_means_there(written: str, ours: str) -> None:
    found = one(f"{written} x")
    assert expression(found) == ours
    assert (written != ours and not written.startswith("@")) == any("Cron passes over" in one for one in found.remarks)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("@reboot x", "@reboot is no time"),
        ("@monday x", "@monday is not known"),
        ("@Daily x", "@Daily is not known; cron refuses the line"),  # cron knows the small letters alone
        ("0 9 * * 5-1 x", "never fired it: a range that goes down is empty there"),
        ("0 9 * * FRI-SUN x", "never fired it"),
        ("61 9 * * * x", "'61' is no minute; cron refuses the line"),
        ("0 9 L * * x", "'L' is no day of the month"),
        (f"{'9' * 9000} 9 * * * x", "is no minute"),
        ("*/0 9 * * * x", "'0' is no minute"),
        ("5/15 * * * * x", "'5/15' is no minute; cron refuses the line"),
        ("0 9 5- * * x", "'5-' is no day of the month; cron refuses the line"),
        ("*/ 9 * * * x", "'*/' is no minute; cron refuses the line"),
        ("0 9 * * 1-5/ x", "'1-5/' is no day of the week; cron refuses the line"),
        ("0 9 * *", "It is no line of a crontab"),
        ("CRON_TZ=Mars/Base\n0 9 * * * x", "There is no time zone 'Mars/Base'"),
    ],
)
def test_what_cannot_be_taken_over_says_why(line: str, said: str) -> None:
    found = one(line)
    assert found.problem is not None
    assert said in found.problem
    assert found.rule is None


def test_a_day_range_that_goes_down_fires_on_the_days_of_the_month_that_are_left() -> None:
    assert expression(one("0 9 1 * 5-1 x")).startswith("0 9 1 * ")


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("fields", ["30 2 * * *", "10 */2 * * *", "15 1-3 13 * 0"])
def test_a_walk_over_cron_s_own_fields_fires_at_the_same_instants_as_here(zone: str, fields: str) -> None:
    [found] = read(f"{fields} x", timezone=zone)
    assert found.there is not None
    assert found.rule is not None
    assert differences(found.there, found.rule, after=datetime(2026, 11, 29, tzinfo=UTC)) == []


@pytest.mark.parametrize("step", ["*/1001 * * * *", "*/0000005 * * * *"])
def test_a_step_is_as_long_as_it_is_written(step: str) -> None:
    assert one(f"{step} x").problem is None


def test_each_time_of_the_gap_that_cron_makes_up_for_is_told() -> None:
    there = one("0,30 2,3 * * * x").there
    assert there is not None
    clock = Foreign(program="cron", timezone="America/New_York", rules=there.rules)
    coming = clock.coming(datetime(2027, 3, 14, 6, tzinfo=UTC))
    assert [f"{next(coming).astimezone(ZoneInfo('America/New_York')):%H:%M:%S}" for _ in range(4)] == [
        "03:00:00",
        "03:00:10",
        "03:00:20",
        "03:30:00",
    ]
    rule = one("0,30 2,3 * * * x").rule
    assert rule is not None
    [first, _] = differences(clock, replace(rule, timezone="America/New_York"), after=datetime(2027, 1, 1, tzinfo=UTC))
    assert first.why == (
        "The clock goes from 02:00 to 03:00: cron fires at 03:00:10, too; Jobdeck once for all that is left out."
    )
