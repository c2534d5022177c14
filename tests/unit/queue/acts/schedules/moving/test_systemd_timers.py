"""Timers of systemd. What an event means was compared with `systemd-analyze calendar` of systemd 252."""

from datetime import timedelta

import pytest

from app.queue.acts.schedules.moving.entry import Entry
from app.queue.acts.schedules.moving.on_calendar import BadCalendar, read_event, read_span
from app.queue.acts.schedules.moving.systemd_timers import read
from app.queue.acts.schedules.moving.units import join
from app.queue.calendar.foreign.writing import written

SERVICE = """[Service]
Type=oneshot
User=backup
WorkingDirectory=/srv
Environment="NAME=two words" LEVEL=3
TimeoutStartSec=1h 30min
ExecStart=/usr/bin/backup --all \\
  --to=/mnt/100%%
ExecStartPost=/bin/true
"""


def timer(settings: str, service: str = SERVICE) -> Entry:
    """Read a timer and its service, as they stand in a folder."""
    [found] = read(join({"/etc/a.timer": f"[Timer]\n{settings}\n", "/etc/a.service": service}), timezone="Asia/Tokyo")
    return found


def test_a_timer_becomes_its_services_command() -> None:
    found = timer("OnCalendar=Mon..Fri 02:30\nPersistent=true\nRandomizedDelaySec=10min")
    assert (found.name, found.kind) == ("a", "run_command")
    assert found.rule is not None
    assert (found.rule.cron, found.rule.timezone) == (("30 2 * * 1-5",), "Asia/Tokyo")
    assert found.params == {
        "command": "/usr/bin/backup --all    --to=/mnt/100%",
        "shell": False,
        "folder": "/srv",
        "environment": ["NAME=two words", "LEVEL=3"],
        "timeout": 5400,
    }
    assert found.policies == {"misfire": "once", "overlap": "skip"}
    said = " ".join(found.remarks)
    for words in (
        "10min later, at random",
        "1min later than it says",
        "ran as backup",
        "Not taken over: ExecStartPost",
    ):
        assert words in said


def test_an_interval_is_counted_from_the_start_before() -> None:
    found = timer("OnBootSec=5min\nOnUnitActiveSec=1h")
    assert found.rule is not None
    assert (found.rule.every_seconds, found.rule.is_aligned, found.there) == (3600, False, None)
    assert found.remarks[0] == "OnBootSec=5min is not taken over: nothing is started because the machine was."


def test_several_events_and_a_drop_in_make_one_schedule() -> None:
    text = join(
        {
            "/lib/b.timer": "[Timer]\nOnCalendar=daily\nOnCalendar=Sat 12:00 UTC\n",
            "/etc/b.timer.d/over.conf": "[Timer]\nOnCalendar=\nOnCalendar=*:0/20 UTC\nOnCalendar=05:05 UTC\n",
            "/lib/b.service": "[Service]\nExecStart=-/bin/b $HOME\n",
        }
    )
    [found] = read(text, timezone="Asia/Tokyo")
    assert found.rule is not None
    assert (found.rule.cron, found.rule.timezone) == (("*/20 * * * *", "5 5 * * *"), "UTC")
    assert found.params == {"command": "/bin/b $HOME", "shell": True}
    assert "Its exit status was passed over (-); here another than 0 fails the job." in found.remarks


def test_a_single_date_is_a_single_instant() -> None:
    found = timer("OnCalendar=2099-01-31 08:30 Europe/Berlin")
    assert found.rule is not None
    assert found.rule.at is not None
    assert found.rule.at.isoformat() == "2099-01-31T07:30:00+00:00"


@pytest.mark.parametrize(
    ("settings", "service", "said"),
    [
        ("OnBootSec=5min", SERVICE, "no schedule"),
        ("OnCalendar=daily\nOnUnitActiveSec=1h", SERVICE, "make two schedules by hand"),
        ("OnCalendar=daily\nUnit=other.service", SERVICE, "is not there: other.service"),
        ("OnCalendar=daily UTC\nOnCalendar=daily Europe/Berlin", SERVICE, "Its zones are"),
        ("OnCalendar=daily", "[Service]\nType=oneshot\n", "has no ExecStart"),
        ("OnCalendar=daily", "[Service]\nExecStart=/bin/a %i\n", "has %i, which systemd fills in"),
        ("OnCalendar=daily", f"{SERVICE}WorkingDirectory=%h/x\n", "Its WorkingDirectory has %h"),
        ("OnCalendar=daily", f"{SERVICE}Environment=HOST=%H\n", "Its Environment has %H"),
        ("OnUnitActiveSec=1h\nOnUnitInactiveSec=5min", SERVICE, "several intervals at once (1h, 5min)"),
        ("OnUnitActiveSec=1h\nOnUnitActiveSec=5min", SERVICE, "several intervals at once (1h, 5min)"),
        ("OnCalendar=*-*~2 03:00", SERVICE, "counts days from the end of the month"),
        ("OnCalendar=Fri..Mon 03:00", SERVICE, "goes backwards; systemd refuses"),
        ("OnCalendar=*-*-9,10 Tue", SERVICE, "is no calendar event"),
        ("OnCalendar=Tue *-*-9,10", SERVICE, "a day of the month and a weekday at once"),
    ],
)
def test_what_cannot_be_taken_over_says_why(settings: str, service: str, said: str) -> None:
    found = timer(settings, service)
    assert found.problem is not None
    assert said in found.problem


@pytest.mark.parametrize(
    ("event", "cron"),
    [
        ("weekly", "0 0 * * 1"),
        ("quarterly", "0 0 1 */3 *"),
        ("*-*-* 09:00..17:00", "0-17 9 * * *"),
        ("*-*-* 09..17:00", "0 9-17 * * *"),
        ("Mon *-*-* *:0/15", "*/15 * * * 1"),
        ("Sat,Sun 10:30", "30 10 * * 0,6"),
        ("*-02~01 4:00", "0 4 L 2 *"),
        ("Tue *-*-08..14 03:00", "0 3 * * 2#2"),
        ("*-1,4-* 00:30:10", "10 30 0 * 1,4 *"),
        ("biannually", "0 0 1 1,7 *"),
        ("Semi-Annually", "0 0 1 1,7 *"),
        ("anually", "0 0 1 1 *"),
        ("Mon *-05~07/1", "0 0 * 5 1L"),  # the last Monday of May: an example of systemd.time(7)
        ("Fri,Sat *-*~1..7 18:00", "0 18 * * 5L,6L"),
        ("09:00 utc", "0 9 * * *"),
    ],
)
def test_an_event_is_read_as_systemd_does(event: str, cron: str) -> None:
    rule = read_event(event).rule
    assert rule is not None
    assert written(rule) == cron


@pytest.mark.parametrize(
    ("event", "once"),
    [("@1999999999", "2033-05-18T03:33:19"), ("31-12-24 18:00", "2031-12-24T18:00:00")],
)
def test_a_single_moment_has_more_than_one_form(event: str, once: str) -> None:
    found = read_event(event).once
    assert found is not None
    assert found.isoformat() == once


@pytest.mark.parametrize("said", ["true", "1", "on", "y", "t", "Yes"])
def test_what_is_missed_is_made_up_for_where_systemd_does(said: str) -> None:
    assert timer(f"OnCalendar=daily\nPersistent={said}").policies["misfire"] == "once"


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ("ExecStart=/bin/echo $ARGS > x", "/bin/echo $ARGS '>' x"),
        (
            "ExecStart=/bin/sh -c 'date > ${OUT}; echo \"$HOME\" $$$$'",
            '/bin/sh -c "date > ${OUT}; echo \\"\\$HOME\\" \\$\\$"',
        ),
        ("ExecStart=/bin/a *\nExecStart=/bin/b 'x y'", "/bin/a '*' && /bin/b 'x y'"),
        ("ExecStart=/bin/a ; /bin/b \\; c", "/bin/a && /bin/b ';' c"),
    ],
)
def test_a_shell_makes_of_a_command_what_systemd_does(given: str, command: str) -> None:
    assert timer("OnCalendar=daily", f"[Service]\n{given}\n").params == {"command": command, "shell": True}


def test_two_percent_signs_are_one_wherever_they_stand() -> None:
    found = timer("OnCalendar=daily", f"{SERVICE}WorkingDirectory=/srv/100%%\nEnvironment=RATE=5%%\n")
    assert found.params["folder"] == "/srv/100%"
    assert found.params["environment"][-1] == "RATE=5%"


@pytest.mark.parametrize(
    "event",
    [
        "*:*/2",
        "24:00",
        "1 03:00",
        "Mon..Fri..Sun",
        "daily Mars/Base",
        "2027-*-01",
        "soon",
        "*-*~1..3/2",
        "*-*~7/0",
        "@soon",
    ],
)
def test_what_is_no_event_is_refused(event: str) -> None:
    with pytest.raises(BadCalendar):
        read_event(event)


def test_spans_are_sums_of_units() -> None:
    assert read_span("1h 30min") == timedelta(hours=1.5)
    assert read_span("90") == timedelta(seconds=90)
    with pytest.raises(BadCalendar):
        read_span("5 moons")


def test_a_very_long_line_is_no_path() -> None:
    [found] = read(f"# {'a' * 200_000}\n[Timer]\nOnCalendar=daily\n", timezone="UTC")
    assert found.problem == "The unit that it starts is not there: timer.service."
