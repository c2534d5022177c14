"""`python main.py schedule` on a data folder on which nothing runs."""

import io
import json
from pathlib import Path

import pytest

import main
from app.db.queries.schedules import stored
from app.queue import JobContext, Secret, job, registry
from app.queue.acts.schedules import changing
from app.queue.acts.schedules.changing import Wish
from app.queue.params.checked import opened
from app.settings import Settings, variable
from tests.actors import ME


@pytest.fixture
def say(room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Say":
    """A data folder, and what asks for something on it; there is one kind."""

    @job(title="Look back")
    def look_back(ctx: JobContext, days: int = 7) -> None:
        """Do nothing."""

    monkeypatch.setattr(registry, "load", lambda *_args, **_options: None)  # the files were loaded
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    monkeypatch.chdir(tmp_path)
    return Say(tmp_path, capsys)


class Say:
    """Asks for an act on schedules."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Remember where."""
        self._folder, self._capsys = folder, capsys

    def __call__(self, *words: str, status: int = 0) -> str:
        """Ask, and return what was printed."""
        found = main.main(["schedule", *words, "--data-dir", str(self._folder)])
        said = self._capsys.readouterr()
        assert found == status, said.err
        return said.out + said.err if status else said.out


def test_a_schedule_is_added_listed_changed_and_removed(say: Say) -> None:
    added = say("add", "look_back", "days=3", "--cron", "0 3 * * *", "--zone", "Europe/Berlin")
    number = added.strip()
    assert "At 03:00 every day (Europe/Berlin)" in say("list")

    edited = say("edit", number, "--every", "5400", "--not-between", "22:00-06:00", "--overlap", "skip")
    assert edited == f"#{number}: Every 90 minutes; not between 22:00 and 06:00 (Europe/Berlin).\n"
    [shown] = json.loads(say("list", "--json"))
    assert (shown["every_seconds"], shown["overlap"], shown["params"]) == (5400, "skip", {"days": 3})

    assert say("remove", number) == f"#{number} was removed; what it started is kept.\n"
    assert json.loads(say("list", "--json")) == []


def test_every_policy_can_be_asked_for_and_taken_back(say: Say) -> None:
    policies = ("--misfire-after", "300", "--late-after", "900", "--pause-after-failures", "3")
    number = say("add", "look_back", "--every", "600", "--from-start", *policies).strip()
    [shown] = json.loads(say("list", "--json"))
    assert (shown["is_aligned"], shown["misfire_after_seconds"]) == (False, 300)
    assert (shown["late_after_seconds"], shown["pause_after_failures"]) == (900, 3)

    say("edit", number, "--every", "600", "--late-after", "0", "--pause-after-failures", "0")
    [shown] = json.loads(say("list", "--json"))
    assert (shown["is_aligned"], shown["misfire_after_seconds"]) == (True, 300)
    assert (shown["late_after_seconds"], shown["pause_after_failures"]) == (None, None)


def test_a_schedule_is_paused_shown_resumed_and_run(say: Say) -> None:
    number = say("add", "look_back", "--cron", "0 3 * * *", "--name", "Weekly look").strip()
    assert say("pause", number, "--reason", "holidays") == f"#{number}: Paused by local: holidays\n"
    shown = say("show", number, "--count", "2")
    assert shown.startswith(f"#{number} Weekly look (look_back): At 03:00 every day (UTC)\n")
    assert "Paused by local: holidays" in shown
    assert say("resume", number) == f"#{number} fires again.\n"
    assert say("run", number, "days=2").strip().isdigit()
    assert len(say("next", number, "--count", "3").splitlines()) == 3


def test_a_dangerous_schedule_is_run_when_that_is_meant(say: Say) -> None:
    @job(title="Empty a table", confirm="Every row is lost for good.")
    def empty(ctx: JobContext) -> None: ...

    number = say("add", "empty", "--cron", "0 3 * * *").strip()
    assert "Every row is lost for good." in say("run", number, status=2)
    assert say("run", number, "--yes").strip().isdigit()
    other = say("add", "look_back", "--cron", "0 3 * * *").strip()
    changing.edit(int(other), Wish(then=[{"kind": "empty"}]), by=ME)
    assert "Every row is lost for good." in say("run", other, status=2)


def test_an_expression_is_read_and_what_surprises_is_told(say: Say) -> None:
    assert "from the last to the next 0 it is 4 minutes, not 7" in say("lint", "*/7 * * * *")
    assert len(say("next", "0 9 * * 1", "--count", "4").splitlines()) == 5
    assert "fires never" in say("lint", "0 0 31 2 *", status=2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "look_back", "--cron", "0 25 * * *"], "cron: '25' is no hour"),
        (["add", "look_back", "--cron", "0 3 * * *", "--zone", "Mars/Base"], "timezone: There is no time zone"),
        (["add", "look_back", "--at", "2020-01-01T00:00"], "at: This time is past"),
        (["add", "look_back", "--at", "soon"], "write it as 2027-01-31T08:30"),
        (["add", "look_back", "--every", "60", "--not-between", "late"], "write it as 22:00-06:00"),
        (["add", "look_back", "days=many", "--every", "60"], "days"),
        (["add", "look_back"], "Say when it fires"),
        (["add", "no_such_kind", "--every", "60"], "There is no kind named"),
        (["pause", "77"], "There is no schedule #77"),
        (["show", "seven"], "write it as 7"),
        (["remove", "1_0"], "write it as 7"),
        (["show", "99999999999999999999"], "write it as 7"),
        (["add", "look_back", "--every", "60", "--not-between", "22:00+02:00-06:00"], "write it as 22:00-06:00"),
        (["add", "look_back", "--every", "60", "--exclude", "2027-W52-5"], "write it as 2027-12-24"),
        (["add", "look_back", "--at", "0001-01-01T00:00", "--zone", "Asia/Tokyo"], "write it as 2027-01-31T08:30"),
        (["add", "look_back", "--at", "0001-01-01T00:00", "--zone", "America/New_York"], "write it as 2027-01-31"),
        (["add", "look_back", "--at", "0001-01-01T00:00+09:00"], "write it as 2027-01-31T08:30"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(say: Say, words: list[str], said: str) -> None:
    assert said in say(*words, status=2)


class Typist(io.StringIO):
    """A terminal at which somebody types."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def password_of(number: str) -> str:
    """Return the secret that a schedule keeps."""
    row = stored(int(number))
    return str(opened(registry.get(row.kind).params_model, row.params)["password"].get_secret_value())


def test_what_is_not_named_stays_and_a_secret_is_typed_unseen(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    @job
    def send_mail(ctx: JobContext, to: str, password: Secret, copies: int = 1) -> None:
        """Do nothing."""

    typed = iter(("first", "second"))
    monkeypatch.setattr("sys.stdin", Typist())
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    number = say("add", "send_mail", "to=me", "--cron", "0 3 * * *").strip()
    assert password_of(number) == "first"

    say("edit", number, "copies=3")
    assert say("run", number, "copies=5").strip().isdigit()
    [shown] = json.loads(say("list", "--json"))
    assert shown["params"] == {"to": "me", "password": "•••", "copies": 3}
    assert password_of(number) == "first"

    say("edit", number, "password=")
    assert password_of(number) == "second"
    assert "copies: " in say("edit", number, "copies=many", status=2)


BEAT = "beat_schedule = {'look': {'task': 'shop.look_back', 'schedule': crontab(30, 2), 'args': (3,)}}\n"


def test_a_beat_schedule_is_shown_and_made_with_yes(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "celeryconfig.py"
    file.write_text(BEAT)
    shown = say("import", str(file), "--zone", "Europe/Berlin")
    assert '→ look_back {"days": 3}' in shown
    assert "30 2 * * * (Europe/Berlin): At 02:30 every day" in shown
    assert "Celery fires at 03:30, Jobdeck at 03:00." in shown
    assert json.loads(say("list", "--json")) == []

    assert "→ #1 look_back" in say("import", str(file), "--yes")
    [made] = json.loads(say("list", "--json"))
    assert (made["name"], made["cron"]) == ("look", ["30 2 * * *"])
    [again] = json.loads(say("import", str(file), "--json"))
    assert again["problem"] == "It is here already: schedule #1."


def test_a_folder_of_timers_is_read_with_its_services(say: Say, tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    (units / "a.timer").write_text("[Timer]\nOnCalendar=*-*-* 05:00 UTC\n")
    (units / "a.service").write_text("[Service]\nExecStart=/bin/true\n")
    shown = say("import", str(units))
    assert "→ run_command" in shown
    assert "0 5 * * * (UTC): At 05:00 every day" in shown


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        (None, [], "cannot be read"),
        (b"", ["--kind", "tidy"], "write it as TASK=KIND"),
        (b"\xff\xfe", [], "it is no text in UTF-8"),
        (b"{", ["--format", "celery"], "The JSON breaks off at line 1"),
        (b"", ["--format", "at"], "One of crontab, systemd, celery."),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    say: Say, tmp_path: Path, content: bytes | None, words: list[str], said: str
) -> None:
    file = tmp_path / "tab"
    if content is not None:
        file.write_bytes(content)
    assert said in say("import", str(file), *words, status=2)


def test_an_export_and_holidays_are_at_hand(say: Say, tmp_path: Path) -> None:
    say("add", "look_back", "--cron", "0 3 * * *", "--zone", "Europe/Berlin", "--holidays", "DE")
    [made] = json.loads(say("list", "--json"))
    assert any(day.endswith("-12-25") for day in made["exclude"])
    exported = say("export")
    assert "CRON_TZ=Europe/Berlin\n0 3 * * * " in exported
    assert f" start --data-dir {tmp_path} look_back days=7\n" in exported
    assert "# Not said to cron: the days and hours without it." in exported
    assert "are not known" in say("add", "look_back", "--cron", "0 3 * * *", "--holidays", "XX", status=2)
