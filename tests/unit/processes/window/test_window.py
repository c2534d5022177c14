"""The window: which one there can be, what is asked when it was closed, and how a second start finds it.

A real window on a real desk is in tests/e2e/test_window.py.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from app.processes.supervision.instance import Whereabouts
from app.processes.supervision.supervisor import Supervisor
from app.processes.window.choice import WindowChoice, find_browser
from app.processes.window.closing_question import ClosingQuestion, Unfinished
from app.processes.window.process import WindowProcess
from app.processes.window.window import Window, bring_up, find_unfinished
from tests.waiting import until

#: pywebview as webview_script.py uses it: its window is seen, and closed when the standard input is.
WORKING = """
import os
settings = {}
class Window:
    class events:
        class shown:
            def __iadd__(self, act): act(); return self
        shown = shown()
    def destroy(self): os._exit(0)
    def restore(self): print("restored", flush=True)
    def show(self): pass
def create_window(*_, **__): return Window()
def start(act, **_): act(); __import__("threading").Event().wait(20)
"""
ENDS = """
import os
def create_window(*_, **__): os._exit(6)
"""
#: What Chromium says when its window is there.
CREATED = '{"method":"Target.targetCreated","params":{"targetInfo":{"type":"page","url":"","targetId":"A"}}}'
NOWHERE = "http://127.0.0.1:1"
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the PATH, empty, on a machine with a display."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DISPLAY", ":4711")
    return folder


@pytest.fixture
def no_webview(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without pywebview."""
    monkeypatch.setattr("app.processes.window.choice.find_spec", lambda _: None)


@pytest.fixture
def make_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Choose"]:
    """Make a choice of windows, and close at the end what it opened."""
    choose = Choose(tmp_path, monkeypatch)
    yield choose
    choose.close()


class Choose:
    """Makes choices on a machine where pywebview is what the test says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.made: list[WindowChoice] = []
        self.windows: list[WindowProcess] = []

    def __call__(self, *, webview: str | None) -> WindowChoice:
        """Make a choice; `webview`: the text of the module, None: not installed."""
        found = None if webview is None else object()
        self.monkeypatch.setattr("app.processes.window.choice.find_spec", lambda _: found)
        self.monkeypatch.setenv("PYTHONPATH", str(self.folder))
        if webview is not None:
            (self.folder / "webview.py").write_text(webview)
        choice = WindowChoice(self.folder / "window", wake=lambda: None)
        self.made.append(choice)
        until(choice.is_known)
        return choice

    def open(self, choice: WindowChoice) -> WindowProcess:
        """Open its window."""
        window = choice.open("http://127.0.0.1:8080", size=(400, 300))
        assert window is not None
        self.windows.append(window)
        return window

    def close(self) -> None:
        """End all of it."""
        for window in self.windows:
            window.close()
        for choice in self.made:
            choice.end()


def install(folder: Path, name: str, script: str = "exec sleep 20") -> Path:
    """Put a program into a folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
    path.chmod(0o755)
    return path


def test_pywebview_is_taken_where_it_works(programs: Path, make_choice: Choose) -> None:
    install(programs, "chromium")

    choice = make_choice(webview=WORKING)

    window = make_choice.open(choice)
    assert choice.sentence() == "pywebview, which works here."
    until(window.is_shown)
    window.close()
    assert window.has_ended()
    assert window.is_shown()


def test_a_pywebview_that_ends_its_process_leaves_the_place_to_chromium(programs: Path, make_choice: Choose) -> None:
    chromium = install(programs, "chromium")

    choice = make_choice(webview=ENDS)

    why = "pywebview is installed but shows no window here"
    assert choice.sentence() == f"Chromium in app mode ({chromium}), because {why}."


def test_a_chromium_that_ends_at_once_is_struck_off(programs: Path, make_choice: Choose) -> None:
    install(programs, "chromium", "exit 1")
    choice = make_choice(webview=None)
    window = make_choice.open(choice)

    until(window.has_ended)
    assert not window.is_shown()
    choice.strike_off()

    assert choice.open("http://127.0.0.1:8080", size=(400, 300)) is None
    assert choice.sentence() == "none, because pywebview is not installed and Chromium ended at once."


def test_a_chromium_that_was_closed_at_once_has_shown_its_window(programs: Path, make_choice: Choose) -> None:
    install(programs, "chromium", f"printf '%s\\0' '{CREATED}' >&4")

    window = make_choice.open(make_choice(webview=None))

    until(window.has_ended)
    assert window.is_shown()


def test_a_chromium_without_windows_is_told_to_end(programs: Path, make_choice: Choose, tmp_path: Path) -> None:
    destroyed = '{"method":"Target.targetDestroyed","params":{"targetId":"A"}}'
    heard = tmp_path / "heard"
    install(programs, "chromium", f"printf '%s\\0%s\\0' '{CREATED}' '{destroyed}' >&4\nexec cat <&3 >'{heard}'")

    make_choice.open(make_choice(webview=None))

    until(lambda: "Browser.close" in heard.read_text() if heard.exists() else False)


def test_a_chromium_whose_window_was_closed_beside_a_report_opens_it_anew(
    programs: Path, make_choice: Choose, tmp_path: Path
) -> None:
    created = '{"method":"Target.targetCreated","params":{"targetInfo":{"type":"page","url":"","targetId":"%s"}}}'
    destroyed = '{"method":"Target.targetDestroyed","params":{"targetId":"A"}}'
    heard = tmp_path / "heard"
    told = " ".join(f"'{each}'" for each in (created % "A", created % "report", destroyed))
    install(programs, "chromium", f"printf '%s\\0' {told} >&4\nexec cat <&3 >'{heard}'")
    window = make_choice.open(make_choice(webview=None))

    def is_opened_anew() -> bool:
        window.bring_to_front()
        return heard.exists() and "Target.createTarget" in heard.read_text()

    until(is_opened_anew)
    assert "http://127.0.0.1:8080" in heard.read_text()
    assert "Browser.close" not in heard.read_text()


def test_where_nothing_is_installed_there_is_no_window(programs: Path, make_choice: Choose) -> None:
    choice = make_choice(webview=None)

    assert choice.open("http://127.0.0.1:8080", size=(400, 300)) is None
    found_none = "no Chromium, Chrome, Edge, Brave or Vivaldi was found"
    assert choice.sentence() == f"none, because pywebview is not installed and {found_none}."


def test_without_a_display_nothing_is_tried(
    programs: Path, make_choice: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(programs, "chromium")
    monkeypatch.setattr(sys, "platform", "linux")  # a Mac has a display
    for name in DISPLAYS:
        monkeypatch.delenv(name, raising=False)

    choice = make_choice(webview=WORKING)

    assert choice.open("http://127.0.0.1:8080", size=(400, 300)) is None
    assert choice.sentence() == "none, because there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)."


def test_the_first_browser_of_the_list_is_taken(programs: Path) -> None:
    install(programs, "brave-browser")
    edge = install(programs, "microsoft-edge")

    assert find_browser() == ("Microsoft Edge", str(edge))


def test_on_a_mac_browsers_are_found_among_the_applications(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("HOME", str(tmp_path))
    chrome = install(tmp_path / "Applications/Google Chrome.app/Contents/MacOS", "Google Chrome")

    assert find_browser() == ("Google Chrome", str(chrome))


@pytest.fixture
def question() -> Iterator[ClosingQuestion]:
    """The question about four jobs."""
    asked = ClosingQuestion(Unfinished(count=4, titles=["<b> #9", "Two #8", "One #7"]), wake=lambda: None)
    yield asked
    asked.end()


def test_the_question_names_the_jobs_as_text(question: ClosingQuestion) -> None:
    page = httpx.get(question.url)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for part in ("4 jobs are still running.", "<li>&lt;b&gt; #9</li>", "<li>and 1 more</li>", "Stop Jobdeck"):
        assert part in page.text
    assert question.answer is None


@pytest.mark.parametrize("answer", ["keep", "stop"])
def test_the_question_is_answered_by_its_buttons_only(question: ClosingQuestion, answer: str) -> None:
    assert f'<form method="post" action="{answer}">' in httpx.get(question.url).text
    assert httpx.get(f"{question.url}{answer}").status_code == 404
    assert question.answer is None

    assert httpx.post(f"{question.url}{answer}").status_code == 200

    assert question.answer == answer


def test_who_does_not_know_the_address_cannot_answer(question: ClosingQuestion) -> None:
    port = httpx.URL(question.url).port

    assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 404
    assert httpx.post(f"http://127.0.0.1:{port}/stop").status_code == 404
    assert question.answer is None


def test_an_instance_that_does_not_answer_may_have_running_jobs() -> None:
    unfinished = find_unfinished(NOWHERE)

    assert unfinished.count is None
    assert unfinished.sentence() == "Jobs may still be running."


def test_an_instance_without_a_window_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "20"])  # a SIGUSR1 would end it, before the SIGTERM

    is_up = bring_up(tmp_path, Whereabouts(pid=bystander.pid, url="http://127.0.0.1:8080"))

    bystander.terminate()
    assert bystander.wait() == -signal.SIGTERM
    assert not is_up


@pytest.mark.parametrize(
    ("opens", "follows"),
    [(True, "The page opens in the default browser."), (False, f"Jobdeck runs; its page is at {NOWHERE}.")],
)
def test_where_there_can_be_no_window_the_line_says_what_happens_instead(
    programs: Path, tmp_path: Path, no_webview: None, capsys: pytest.CaptureFixture[str], opens: bool, follows: str
) -> None:
    opened: list[str] = []

    def open_browser(url: str) -> bool:
        opened.append(url)
        return opens

    with Supervisor() as supervisor, Window(supervisor, tmp_path, open_browser=open_browser) as window:
        window.look(NOWHERE)
        window.look(NOWHERE)

        assert not supervisor.is_stopping
        assert window.times_shown is None
    said = capsys.readouterr().out
    assert said.startswith("Window: none, because pywebview is not installed and no Chromium")
    assert said.endswith(f"{follows}\n")
    assert said.count("\n") == 1
    assert opened == [NOWHERE]


def test_where_the_question_cannot_be_shown_jobdeck_runs_on_and_can_be_opened_again(
    programs: Path, tmp_path: Path, no_webview: None, capsys: pytest.CaptureFixture[str]
) -> None:
    shows = f"printf '%s\\0' '{CREATED}' >&4"
    broken = tmp_path / "broken"
    install(programs, "chromium", f"[ -e '{broken}' ] && exit 1\n{shows}\nuntil [ -e '{broken}' ]; do sleep 0.01; done")
    said = ""

    def is_shown(times: int) -> bool:
        window.look(NOWHERE)
        return window.times_shown == times

    def has_said(sentence: str) -> bool:
        nonlocal said
        window.look(NOWHERE)
        said += capsys.readouterr().out
        return sentence in said

    with Supervisor() as supervisor, Window(supervisor, tmp_path, open_browser=lambda _: False) as window:
        until(lambda: is_shown(1))
        broken.touch()
        until(lambda: has_said(f"Jobdeck runs on without a window, at {NOWHERE}."))
        assert not supervisor.is_stopping
        broken.unlink()

        os.kill(os.getpid(), signal.SIGUSR1)
        until(lambda: is_shown(2))


def test_the_secret_key_is_not_given_to_the_window(
    programs: Path, make_choice: Choose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBDECK_SECRET_KEY", "k" * 32)
    install(programs, "chromium", f"env >'{tmp_path}/env.new'; mv '{tmp_path}/env.new' '{tmp_path}/env'; exec sleep 20")

    make_choice.open(make_choice(webview=None))

    seen = tmp_path / "env"
    until(seen.exists)
    assert "JOBDECK_SECRET_KEY" not in seen.read_text()
    assert f"DISPLAY={os.environ['DISPLAY']}" in seen.read_text()


def test_where_the_window_ends_at_once_the_page_opens_in_the_browser(
    programs: Path, tmp_path: Path, no_webview: None, capsys: pytest.CaptureFixture[str]
) -> None:
    install(programs, "chromium", "exit 1")
    opened: list[str] = []

    def open_browser(url: str) -> bool:
        opened.append(url)
        return True

    def is_opened() -> bool:
        window.look(NOWHERE)
        return bool(opened)

    with Supervisor() as supervisor, Window(supervisor, tmp_path, open_browser=open_browser) as window:
        until(is_opened)

        assert not supervisor.is_stopping
    because = "because pywebview is not installed and Chromium ended at once"
    assert capsys.readouterr().out == f"Window: none, {because}. The page opens in the default browser.\n"


def test_a_second_start_in_the_moment_of_closing_opens_the_window_anew(
    programs: Path, tmp_path: Path, no_webview: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.processes.window.window.find_unfinished", lambda _: Unfinished(count=0))
    closed = tmp_path / "closed"
    wait = f"until [ -e '{closed}' ]; do sleep 0.01; done\nrm '{closed}'"
    install(programs, "chromium", f"printf '%s\\0' '{CREATED}' >&4\n{wait}")

    def is_shown(times: int) -> bool:
        window.look(NOWHERE)
        return window.times_shown == times

    others = set(psutil.Process().children())

    def has_ended() -> bool:
        windows = set(psutil.Process().children()) - others
        return all(child.status() == psutil.STATUS_ZOMBIE for child in windows)

    with Supervisor() as supervisor, Window(supervisor, tmp_path, open_browser=lambda _: False) as window:
        until(lambda: is_shown(1))
        closed.touch()
        until(has_ended)

        os.kill(os.getpid(), signal.SIGUSR1)

        until(lambda: is_shown(2))
        assert not has_ended()
        assert not supervisor.is_stopping
