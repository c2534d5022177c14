"""`--window` as a person meets it: a real window of Chromium on a desk, its end, and a second start."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from app.processes.window.choice import find_browser
from tests.e2e import desk as desks
from tests.e2e.commands import MAIN, Commands, stop
from tests.e2e.databases import NewDatabase
from tests.e2e.desk import Desk
from tests.e2e.folder import Folder
from tests.patience import patient
from tests.waiting import until

KINDS = Path(__file__).with_name("kinds.py")
#: As Qt ends a process that asks for a window where a library is missing.
BROKEN_WEBVIEW = """
import os
def create_window(*_, **__): os._exit(6)
"""
IN_APP_MODE = "in app mode ("
#: What opens a window and waits.
OPENER = """
import sys, threading
from pathlib import Path
from app.processes.window.process import ChromiumWindow
window = ChromiumWindow(sys.argv[1], "about:blank", size=(400, 300), profile=Path(sys.argv[2]), wake=lambda: None)
threading.Event().wait()
"""


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """A desk for the windows of this file."""
    yield from desks.set_up()


@pytest.fixture
def commands(tmp_path: Path, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    """The command line on a folder of its own, without a display."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)
    with new_database() as url, contextlib.closing(Commands(tmp_path, KINDS.read_text(), database_url=url)) as made:
        yield made


@pytest.fixture
def at_desk(
    desk: Desk, tmp_path: Path, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Commands]:
    """The command line at the desk, with Chromium, and a pywebview that does not work."""
    monkeypatch.setenv("DISPLAY", desk.display)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "webview.py").write_text(BROKEN_WEBVIEW)
    monkeypatch.setenv("PYTHONPATH", str(broken))
    for name in ("WAYLAND_DISPLAY", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)
    with new_database() as url, contextlib.closing(Commands(tmp_path, KINDS.read_text(), database_url=url)) as made:
        yield made


@pytest.fixture
def opener(desk: Desk, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A program that has a window on the desk."""
    browser = find_browser()
    assert browser is not None
    process = subprocess.Popen(
        [sys.executable, "-c", OPENER, browser[1], str(tmp_path / "profile")],
        env={**os.environ, "DISPLAY": desk.display},
        cwd=MAIN.parent,
        text=True,
    )
    yield process
    process.kill()
    process.wait()


def window_of(process: "subprocess.Popen[str]") -> psutil.Process:
    """Wait for the window process of an instance: Chromium itself, not its helpers."""

    def find() -> psutil.Process | None:
        for child in psutil.Process(process.pid).children():
            with contextlib.suppress(psutil.Error):
                if any(each.startswith("--app=") for each in child.cmdline()):
                    return child
        return None

    return until(find)


def address_of(window: psutil.Process) -> str:
    """Return the address that a window was opened on."""
    return next(each.removeprefix("--app=") for each in window.cmdline() if each.startswith("--app="))


def test_a_window_opens_a_second_start_shows_it_and_closing_it_ends_jobdeck(
    desk: Desk, at_desk: Commands, request: pytest.FixtureRequest
) -> None:
    jobdeck = at_desk.run_instance("--window")
    window = window_of(jobdeck)
    desk.wait_for_title(window, "Jobdeck")
    until(lambda: IN_APP_MODE in at_desk.instance_output())

    other = window_of(request.getfixturevalue("opener"))
    until(lambda: desk.front() == other.pid)

    again = at_desk.start_again("--window")
    from_terminal = at_desk.start_again()

    until(lambda: desk.front() == window.pid)
    assert (again.returncode, again.stderr) == (0, "")
    assert (
        again.stdout == f"Jobdeck already runs at {address_of(window)} (process {jobdeck.pid}); here is its window.\n"
    )
    assert from_terminal.returncode == 1
    assert window_of(jobdeck) == window
    family = psutil.Process(jobdeck.pid).children(recursive=True)
    desk.press_until_gone(window, "ctrl+w")
    assert jobdeck.wait(timeout=patient(20)) == 0
    _, left = psutil.wait_procs(family, timeout=patient(5))
    assert not left
    [line] = [line for line in at_desk.instance_output().splitlines() if line.startswith("Window:")]
    assert line.endswith(", because pywebview is installed but shows no window here.")


def test_closing_the_window_while_a_job_runs_asks_what_shall_follow(
    desk: Desk, at_desk: Commands, folder: Folder
) -> None:
    jobdeck = at_desk.run_instance("--window")
    window = window_of(jobdeck)
    address = address_of(window)
    started = httpx.post(f"{address}/api/v1/kinds/wait/start", json={"params": {"folder": str(folder)}}).json()
    until(lambda: folder.notes(started["id"]))
    until(lambda: "Jobdeck" in desk.title(window))

    desk.press_until_gone(window, "ctrl+w")
    question = window_of(jobdeck)
    desk.wait_for_title(question, "1 job is still running.")
    assert f"Wait #{started['id']}" in httpx.get(address_of(question)).text
    desk.press_until_gone(question, "Return")

    until(lambda: f"Jobdeck runs on without a window, at {address}." in at_desk.instance_output())
    assert at_desk.state_of("wait") == "running"
    assert at_desk.start_again("--window").returncode == 0
    reopened = window_of(jobdeck)
    assert address_of(reopened) == address
    desk.press_until_gone(reopened, "ctrl+w")
    question = window_of(jobdeck)
    desk.wait_for_title(question, "1 job is still running.")
    assert httpx.post(f"{address_of(question)}stop").is_success
    assert jobdeck.wait(timeout=patient(20)) == 0
    assert not question.is_running()
    assert at_desk.state_of("wait") == "queued"


def test_without_a_display_the_server_runs_on_and_says_where(commands: Commands) -> None:
    jobdeck = commands.run_instance("--window")

    until(lambda: "Window:" in commands.instance_output())
    again = commands.start_again("--window", "--no-open")

    [line] = [line for line in commands.instance_output().splitlines() if line.startswith("Window:")]
    url = line.rpartition(" ")[2].rstrip(".")
    assert line.startswith("Window: none, because there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set).")
    assert httpx.get(f"{url}/health/ready").is_success
    assert again.returncode == 1
    assert f"already runs at {url}" in again.stderr
    stop(jobdeck)
    assert jobdeck.returncode == 0


@pytest.mark.not_on_postgresql("there is a window, and no Jobdeck")
def test_the_window_goes_with_a_parent_that_is_killed(desk: Desk, opener: "subprocess.Popen[str]") -> None:
    window = window_of(opener)
    until(lambda: desk.title(window))

    opener.kill()

    opener.wait()
    psutil.wait_procs([window], timeout=patient(15))
    assert not window.is_running()
