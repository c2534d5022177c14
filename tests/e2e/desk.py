"""A desk that nobody sees: an X server in memory, and the hands of a person at it."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator

import psutil

from tests.missing import missing
from tests.patience import patient
from tests.waiting import until

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NEEDED = ("Xvfb", "xdotool")


class Desk:
    """Its windows are found by the process that shows them."""

    def __init__(self, display: str) -> None:
        self.display = display

    def title(self, process: psutil.Process) -> str:
        """Return the title of the window of a process, "" as long as it shows none."""
        windows = self._visible("--pid", str(process.pid))
        return self._hand("getwindowname", windows[-1]).strip() if windows else ""

    def wait_for_title(self, process: psutil.Process, expected: str) -> None:
        """Wait until the window of a process has a title.

        Raises:
            AssertionError: it never had it; the message says what is on the desk instead.
        """
        try:
            until(lambda: self.title(process) == expected)
        except AssertionError as error:
            state = process.status() if process.is_running() else "ended"
            shown = {each: self._hand("getwindowname", each).strip() for each in self._visible("--name", "")}
            raise AssertionError(f"no {expected!r}: process {process.pid} ({state}), windows {shown}") from error

    def front(self) -> int | None:
        """Return the process whose window lies above the others; None if there is no window."""
        stack = self._visible("--class", "jobdeck")  # from the lowest up
        return int(self._hand("getwindowpid", stack[-1]) or 0) if stack else None

    def press(self, process: psutil.Process, key: str) -> None:
        """Press a key in the window of a process; nothing if it shows none."""
        for window in self._visible("--pid", str(process.pid))[-1:]:
            self._hand("windowfocus", window, "key", "--clearmodifiers", key)

    def press_until_gone(self, process: psutil.Process, key: str) -> None:
        """Press a key again and again, until the window's process has ended: a new window may miss the first."""

        def is_gone() -> bool:
            self.press(process, key)
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(timeout=patient(0.5))
            return not process.is_running()

        until(is_gone)

    def _visible(self, *condition: str) -> list[str]:
        return self._hand("search", "--onlyvisible", *condition).split()

    def _hand(self, *arguments: str) -> str:
        environment = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(
            ["xdotool", *arguments], env=environment, capture_output=True, text=True, check=False, timeout=patient(20)
        ).stdout


def set_up() -> Iterator[Desk]:
    """Give a desk. Where something for it is missing, the test is skipped, under CI it fails."""
    absent = [name for name in NEEDED if shutil.which(name) is None]
    if not any(map(shutil.which, BROWSERS)):
        absent.append("Chromium")
    if absent:
        missing(f"The window's tests need {' and '.join(absent)} on the PATH.")
    reading, writing = os.pipe()
    # By default it starts anew when its last client leaves, xdotool say, and whoever connects just then is turned away.
    options = ["-noreset", "-nolisten", "tcp", "-screen", "0", "1400x1000x24"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), *options],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield Desk(f":{number}")
    finally:
        server.terminate()
        server.wait(timeout=patient(20))
