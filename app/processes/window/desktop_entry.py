"""Puts Jobdeck into the menu of the desktop (`make desktop`), and takes it out again (`make desktop ARGS=--remove`).

Linux: an entry and an icon in the person's own data folder (Desktop Entry Specification 1.5, Icon Theme
Specification). macOS: a small application in `~/Applications`. Either runs `main.py --window` of this very folder.
"""

import argparse
import os
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from app.processes.window.process import ICON

_ROOT = Path(__file__).parents[3]
_COMMAND = (sys.executable, str(_ROOT / "main.py"), "--window")
_REMOVE = "make desktop ARGS=--remove"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the entry, or remove it with `--remove`. Safe to repeat. Return the exit status."""
    parser = argparse.ArgumentParser(prog="make desktop", description="Put Jobdeck into the menu of the desktop.")
    parser.add_argument("--remove", action="store_true", help="take it out again")
    removes = parser.parse_args(arguments).remove
    files = _mac_files() if sys.platform == "darwin" else _linux_files()
    try:
        said = _remove(files) if removes else _write(files)
    except OSError as error:
        sys.stderr.write(f"{error.filename} cannot be written: {error.strerror}.\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def _write(files: dict[Path, str]) -> str:
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)
    lines = [f"Written: {path}" for path in files]
    complaints = [each for path in files if path.suffix == ".desktop" for each in _complaints(path)]
    lines += [f"desktop-file-validate: {each}" for each in complaints]
    return "\n".join([*lines, "Jobdeck is in the menu of your desktop and opens in a window.", f"Remove it: {_REMOVE}"])


def _remove(files: dict[Path, str]) -> str:
    found = [path for path in files if path.exists()]
    for path in found:
        path.unlink()
    if sys.platform == "darwin":
        shutil.rmtree(_application(), ignore_errors=True)
    return "\n".join(f"Removed: {path}" for path in found) or "There was nothing to remove."


def _linux_files() -> dict[Path, str]:
    given = os.environ.get("XDG_DATA_HOME", "")
    data_home = Path(given) if os.path.isabs(given) else Path.home() / ".local" / "share"
    icon = data_home / "icons" / "hicolor" / "scalable" / "apps" / "jobdeck.svg"
    lines = [
        "[Desktop Entry]",
        "Type=Application",
        "Version=1.0",  # what desktop-file-validate of any age knows
        "Name=Jobdeck",
        "GenericName=Background jobs",
        "Comment=Start, watch and understand background jobs",
        f"Exec={' '.join(map(quote_argument, _COMMAND))}",
        f"Path={_escape(str(_ROOT))}",
        f"Icon={_escape(str(icon))}",
        "Terminal=false",
        "StartupNotify=true",
        "StartupWMClass=jobdeck",  # NOTE: window_process.py and webview_script.py name their windows so
        "Categories=System;Monitor;",
        "Keywords=job;task;queue;schedule;cron;",
    ]
    entry = data_home / "applications" / "jobdeck.desktop"
    return {icon: ICON.read_text(encoding="utf-8"), entry: "\n".join(lines) + "\n"}


def _mac_files() -> dict[Path, str]:
    contents = _application() / "Contents"
    about = {
        "CFBundleExecutable": "Jobdeck",
        "CFBundleIdentifier": "org.jobdeck.window",
        "CFBundleName": "Jobdeck",
        "CFBundlePackageType": "APPL",
        "LSUIElement": True,  # the window's own process has the place in the Dock
    }
    script = f"#!/bin/sh\ncd {shlex.quote(str(_ROOT))} && exec {shlex.join(_COMMAND)}\n"
    return {contents / "Info.plist": plistlib.dumps(about).decode(), contents / "MacOS" / "Jobdeck": script}


def _application() -> Path:
    return Path.home() / "Applications" / "Jobdeck.app"


def quote_argument(text: str) -> str:
    """Return one argument as the key Exec wants it: quoted by its own rules, then escaped as every value is."""
    quoted = re.sub(r'(["`$\\])', r"\\\1", text).replace("%", "%%")
    return _escape(f'"{quoted}"')


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def _complaints(entry: Path) -> list[str]:
    """Return what desktop-file-validate, where it is installed, says against an entry."""
    if shutil.which("desktop-file-validate") is None:
        return []
    command = ["desktop-file-validate", str(entry)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
