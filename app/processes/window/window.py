"""The window of `--window`: when it opens, what follows when it is closed, how it comes to the front.

When the window is gone and nothing runs, Jobdeck ends. When jobs run, a small window asks (closing_question.py);
whoever closes that one too lets them run on. A second start sends SIGUSR1 (`bring_up`), which brings the window to the
front or opens it again. Which window it is: window_choice.py. Why it is so: docs/decisions/0010-window.md.
"""

import contextlib
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self
from urllib.parse import urlsplit

from app.processes.supervision import instance
from app.processes.supervision.instance import Whereabouts
from app.processes.supervision.supervisor import Supervisor
from app.processes.window.choice import WindowChoice
from app.processes.window.closing_question import ClosingQuestion, Unfinished
from app.processes.window.process import WindowProcess

_SIZE, _QUESTION_SIZE = (1280, 860), (520, 380)
_FOLDER = "window"
_ANSWER_SECONDS = 2.0
_BRING_UP_SECONDS = 10.0


class Window:
    """The window of one instance; a context manager that leaves none behind. Main thread only."""

    def __init__(self, supervisor: Supervisor, data_dir: Path, *, open_browser: Callable[[str], bool]) -> None:
        """`open_browser` opens the page where there can be no window; it returns whether it can."""
        self.times_shown: int | None = 0
        """How often it was opened or brought to the front; None: there can be no window here."""
        self._supervisor = supervisor
        self._open_browser = open_browser
        self._choice = WindowChoice(data_dir / _FOLDER, wake=supervisor.wake)
        self._url = ""
        self._is_asked_for = True
        self._is_said = False
        self._shown: WindowProcess | None = None
        self._question: ClosingQuestion | None = None

    def __enter__(self) -> Self:
        # A signal wakes the supervisor, which calls `look`.
        signal.signal(signal.SIGUSR1, self._note_request)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._choice.end()
        self._close()
        # The signal's handler stays: by default a late one would end the process before its children.

    def look(self, url: str) -> None:
        """Do what is to be done now; the page is at `url`. Called each second, and when something has changed."""
        self._url = url
        if self.times_shown is None or not self._choice.is_known():
            return
        if self._shown is not None:
            if self._question is not None:
                self._look_at_question(self._question, self._shown)
            else:
                self._look_at_window(self._shown)
        if self._is_asked_for and self._shown is None and not self._supervisor.is_stopping:
            self._shown = self._choice.open(self._url, size=_SIZE)
            if self._shown is None:
                self._do_without()

    def _look_at_window(self, window: WindowProcess) -> None:
        if window.has_ended():
            self._close()
            if not window.is_shown():
                self._choice.strike_off()
                self._is_asked_for = True
            elif not self._is_asked_for:
                self._ask_what_follows()
        elif window.is_shown() and self._is_asked_for:
            window.bring_to_front()
            self._is_asked_for = False
            self.times_shown = (self.times_shown or 0) + 1
            if not self._is_said:
                _say(f"Window: {self._choice.sentence()}")
                self._is_said = True

    def _ask_what_follows(self) -> None:
        unfinished = find_unfinished(self._url)
        if unfinished.count == 0:
            _say("The window was closed and nothing runs: Jobdeck ends.")
            self._supervisor.stop()
            return
        self._question = ClosingQuestion(unfinished, wake=self._supervisor.wake)
        self._shown = self._choice.open(self._question.url, size=_QUESTION_SIZE)

    def _look_at_question(self, question: ClosingQuestion, window: WindowProcess) -> None:
        if question.answer is None and not window.has_ended() and not self._is_asked_for:
            return
        self._close()
        if question.answer == "stop":
            self._supervisor.stop()
        elif not self._is_asked_for:
            _say(f"Jobdeck runs on without a window, at {self._url}. Start it again to open the window.")

    def _do_without(self) -> None:
        """Go on with the browser that the person uses anyway."""
        self.times_shown = None
        opens = self._open_browser(self._url)
        follows = "The page opens in the default browser" if opens else f"Jobdeck runs; its page is at {self._url}"
        _say(f"Window: {self._choice.sentence()} {follows}.")

    def _close(self) -> None:
        if self._question is not None:
            self._question.end()
            self._question = None
        if self._shown is not None:
            self._shown.close()
            self._shown = None

    def _note_request(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked_for = True


def bring_up(data_dir: Path, running: Whereabouts) -> bool:
    """Ask the instance `running` to show its window; return whether it did. False if it has none."""
    if running.times_shown is None:
        return False
    try:
        os.kill(running.pid, signal.SIGUSR1)
    except OSError:  # it has just ended
        return False
    deadline = time.monotonic() + _BRING_UP_SECONDS
    while time.monotonic() < deadline:
        now = instance.find(data_dir)
        if now is None or now.pid != running.pid or now.times_shown is None:
            return False
        if now.times_shown > running.times_shown:
            return True
        time.sleep(0.05)
    return False


def find_unfinished(url: str) -> Unfinished:
    """Ask the instance at `url` which jobs run or wait to run now."""
    address = urlsplit(url)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/api/v1/jobs?state=running,queued&limit=3")
        answer = json.load(connection.getresponse())
        return Unfinished(count=answer["count"], titles=[f"{job['title']} #{job['id']}" for job in answer["items"]])
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return Unfinished(count=None)
    finally:
        connection.close()


def _say(sentence: str) -> None:
    with contextlib.suppress(OSError):  # the terminal was closed
        sys.stdout.write(sentence + "\n")
        sys.stdout.flush()
