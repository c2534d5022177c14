"""Which window there can be on this machine: pywebview, Chromium or a relative in app mode, or none; and why."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from app.processes.window.process import (
    WEBVIEW_SCRIPT,
    ChromiumWindow,
    Size,
    WebviewWindow,
    WindowProcess,
    window_environment,
)

#: The relatives of Chromium: what they are called, on the PATH and among the applications of a Mac.
BROWSERS = {
    "Chromium": ("chromium", "chromium-browser"),
    "Google Chrome": ("google-chrome", "google-chrome-stable"),
    "Microsoft Edge": ("microsoft-edge", "microsoft-edge-stable"),
    "Brave Browser": ("brave-browser", "brave"),
    "Vivaldi": ("vivaldi", "vivaldi-stable"),
}
#: Opening a hidden window with Qt took 1.5 s. The server starts meanwhile.
_TRIAL_SECONDS = 20.0


class WindowChoice:
    """The windows that there can be, the best first. What shows none is struck off."""

    def __init__(self, folder: Path, *, wake: Callable[[], None]) -> None:
        """Begin to find out; `folder` takes the windows' profiles, `wake` is called when a window has changed."""
        self._folder = folder
        self._wake = wake
        self._reasons: list[str] = []
        self._trial: _Trial | None = None
        self._browser: tuple[str, str] | None = None
        if not has_display():
            self._reasons.append("there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)")
            return
        self._browser = find_browser()
        if find_spec("webview") is None:
            self._reasons.append("pywebview is not installed")
        else:
            self._trial = _Trial()
        if self._browser is None:
            self._reasons.append("no Chromium, Chrome, Edge, Brave or Vivaldi was found")

    def is_known(self) -> bool:
        """Say whether it has been found out which is the best."""
        if self._trial is not None and self._trial.works() is False:
            self._trial = None
            self._reasons.append("pywebview is installed but shows no window here")
        return self._trial is None or self._trial.works() is True

    def open(self, url: str, *, size: Size) -> WindowProcess | None:
        """Open the best window on `url`, None if there can be none. Once it is known."""
        if self._trial is not None:
            return WebviewWindow(url, size=size, profile=self._folder / "pywebview", wake=self._wake)
        if self._browser is not None:
            profile = self._folder / "chromium"
            return ChromiumWindow(self._browser[1], url, size=size, profile=profile, wake=self._wake)
        return None

    def strike_off(self) -> None:
        """Leave the best out from now on: it showed no window."""
        if self._trial is not None:
            self._trial = None
            self._reasons.append("pywebview ended at once")
        elif self._browser is not None:
            self._reasons.append(f"{self._browser[0]} ended at once")
            self._browser = None

    def sentence(self) -> str:
        """Say which window it is, and why it is no better one."""
        if self._trial is not None:
            return "pywebview, which works here."
        what = "none" if self._browser is None else f"{self._browser[0]} in app mode ({self._browser[1]})"
        return f"{what}, because {' and '.join(self._reasons)}."

    def end(self) -> None:
        """Find out no more."""
        if self._trial is not None:
            self._trial.end()


class _Trial:
    """Whether pywebview can open a window, tried in a process of its own: a missing library ends that process."""

    def __init__(self) -> None:
        self._deadline = time.monotonic() + _TRIAL_SECONDS
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(WEBVIEW_SCRIPT)],
            env=window_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def works(self) -> bool | None:
        """Return None as long as it is not known."""
        status = self._process.poll()
        if status is None and time.monotonic() >= self._deadline:
            self.end()
            return False
        return None if status is None else status == 0

    def end(self) -> None:
        """Give up if it is not known yet."""
        self._process.kill()
        self._process.wait()


def has_display() -> bool:
    """Say whether windows can be shown at all."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def find_browser() -> tuple[str, str] | None:
    """Return the name and the path of the first Chromium or relative that is installed, None if none is."""
    folders = [Path("/Applications"), Path.home() / "Applications"] if sys.platform == "darwin" else []
    for name, commands in BROWSERS.items():
        for command in commands:
            if path := shutil.which(command):
                return name, path
        for folder in folders:
            program = folder / f"{name}.app" / "Contents" / "MacOS" / name
            if os.access(program, os.X_OK):
                return name, str(program)
    return None
