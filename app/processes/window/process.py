"""A process that shows one window: Chromium in app mode, or ours with pywebview.

Two pipes lead to it. Through them it is brought to the front and says that its window is there; it ends when they are
closed, so that no window outlives Jobdeck, however that went. It writes nothing into the terminal.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

from app.processes.supervision.child import inherited_environment

Size = tuple[int, int]
#: A window is there when its process says so, or has lived so long: a policy of the machine may forbid Chromium's pipe.
_SHOWN_SECONDS = 10.0
_CLOSING_SECONDS = 2.0
#: The favicon, for the window and the desktop's menu. Not by importing the page's frame, which would load NiceGUI.
ICON = Path(__file__).parents[2] / "pages" / "assets" / "icon.svg"
#: Without arguments it tries whether there can be a window.
WEBVIEW_SCRIPT = Path(__file__).with_name("webview_script.py")
#: Pages that are parts of the browser's own windows.
_INTERNAL = ("chrome:", "chrome-untrusted:", "chrome-extension:", "devtools:")
#: The pipes of `--remote-debugging-pipe` are the descriptors 3 and 4.
_WITH_DEBUGGING_PIPE = ("/bin/sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null', "window")


def window_environment() -> dict[str, str]:
    """Return the variables for a process that shows a window."""
    environment = inherited_environment()
    if os.geteuid() == 0:
        environment["QTWEBENGINE_DISABLE_SANDBOX"] = "1"  # else QtWebEngine refuses to run as root
    return environment


class WindowProcess(ABC):
    """What both have in common."""

    separator = b"\n"
    """What ends a message, either way."""

    def __init__(self, arguments: Sequence[str], *, wake: Callable[[], None]) -> None:
        """Start it; `wake` is called from a thread when something has changed."""
        self._is_shown = False
        self._wake = wake
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            arguments,
            env=window_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, name="window", daemon=True)
        self._listener.start()

    def has_ended(self) -> bool:
        """Say whether the window was closed, or never came."""
        return self._process.poll() is not None

    def is_shown(self) -> bool:
        """Say whether its window is there, or was."""
        if self.has_ended():
            self._listener.join(timeout=1)  # its last words may not be heard yet
        elif time.monotonic() - self._started_at > _SHOWN_SECONDS:
            self._is_shown = True
        return self._is_shown

    @abstractmethod
    def bring_to_front(self) -> None:
        """Show the window above the others, as far as the desktop allows."""

    def close(self) -> None:
        """End it. Safe to repeat."""
        if not self.has_ended():
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_CLOSING_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._listener.join(timeout=1)  # it must not wake anybody who has gone
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def _say(self, message: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has just ended
            self._process.stdin.write(message.encode() + self.separator)
            self._process.stdin.flush()

    @abstractmethod
    def _hear(self, message: bytes) -> None:
        """Take in a message of the process."""

    def _listen(self) -> None:
        assert self._process.stdout is not None
        begun = b""
        with self._process.stdout as output:
            while more := os.read(output.fileno(), 65536):
                *messages, begun = (begun + more).split(self.separator)
                for message in messages:
                    self._hear(message)
        self._wake()


class WebviewWindow(WindowProcess):
    """A window of pywebview; NOTE: webview_script.py is the other end."""

    def __init__(self, url: str, *, size: Size, profile: Path, wake: Callable[[], None]) -> None:
        """`profile`: the folder of its cookies, made if it is not there."""
        arguments = (url, *map(str, size), str(profile), str(ICON))
        super().__init__([sys.executable, "-P", str(WEBVIEW_SCRIPT), *arguments], wake=wake)

    def bring_to_front(self) -> None:
        """Show the window above the others."""
        self._say("front")

    def _hear(self, message: bytes) -> None:
        if message == b"shown":
            self._is_shown = True
            self._wake()


class ChromiumWindow(WindowProcess):
    """A window of Chromium or a relative without tabs and address bar, with a profile of its own.

    A profile of its own makes it a process of its own, whose end is the window's. It is spoken to in the DevTools
    protocol over its pipe (https://chromedevtools.github.io/devtools-protocol/tot/Target/), which nobody else can
    reach. On macOS a browser stays when its last window is closed: then it is told to end.
    """

    separator = b"\0"

    def __init__(self, browser: str, url: str, *, size: Size, profile: Path, wake: Callable[[], None]) -> None:
        """`browser`: its path; `profile`: the folder of its profile, made if it is not there."""
        self._url = url
        self._pages: list[str] = []
        self._main_page: str | None = None
        self._numbers = 0
        arguments = [
            browser,
            f"--app={url}",
            f"--user-data-dir={profile}",
            f"--window-size={size[0]},{size[1]}",
            "--class=jobdeck",  # NOTE: StartupWMClass in desktop_entry.py
            "--remote-debugging-pipe",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-search-engine-choice-screen",
            "--disable-background-mode",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-features=Translate",
            "--password-store=basic",  # nothing is kept there, and a keyring would ask for its password
        ]
        if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
            arguments.append("--ozone-platform=wayland")
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # else it refuses to run as root
        super().__init__([*_WITH_DEBUGGING_PIPE, *arguments], wake=wake)
        self._call("Target.setDiscoverTargets", discover=True)

    def bring_to_front(self) -> None:
        """Show the window above the others. Where only a report is left that was opened from it, open it anew."""
        if self._main_page in self._pages:
            self._call("Target.activateTarget", targetId=self._main_page)
        else:
            self._main_page = None
            self._call("Target.createTarget", url=self._url, newWindow=True)

    def _call(self, method: str, **params: object) -> None:
        self._numbers += 1
        self._say(json.dumps({"id": self._numbers, "method": method, "params": params}))

    def _hear(self, message: bytes) -> None:
        told = json.loads(message)
        match told.get("method"), told.get("params"):
            case "Target.targetCreated", {"targetInfo": {"type": "page", "url": url, "targetId": page}} if not (
                url.startswith(_INTERNAL)
            ):
                self._pages.append(page)
                self._main_page = self._main_page or page
                self._is_shown = True
                self._wake()
            case "Target.targetDestroyed", {"targetId": page} if page in self._pages:
                self._pages.remove(page)
                if not self._pages:
                    self._call("Browser.close")
