"""A window of pywebview; without arguments, a trial whether there can be one. A script, run in a process of its own.

It imports nothing of Jobdeck. NOTE: window_process.py starts it and is the other end of its pipes. A missing library
of Qt or GTK does not raise an error but ends the process: hence the trial.
"""

import os
import sys
import threading

import webview

TITLE = "Jobdeck"
CLASS = "jobdeck"  # NOTE: StartupWMClass in desktop_entry.py


def show(url: str, width: str, height: str, profile: str, icon: str) -> None:
    """Show a window until it is closed, or until the standard input is."""
    webview.settings["ALLOW_DOWNLOADS"] = True
    window = webview.create_window(TITLE, url, width=int(width), height=int(height), min_size=(360, 240))
    window.events.shown += lambda: _say("shown")
    # A daemon that reads without Python's buffers: neither may keep the process once the window is closed.
    obedience = threading.Thread(target=_obey, args=(window,), daemon=True)
    webview.start(obedience.start, private_mode=False, storage_path=profile, icon=icon)


def try_it() -> None:
    """Open a window that is not seen, and close it."""
    window = webview.create_window(TITLE, html="-", hidden=True)
    webview.start(window.destroy)


def _obey(window: "webview.Window") -> None:
    while os.read(0, 64):
        window.restore()
        window.show()
        window.on_top = True
        window.on_top = False
    window.destroy()


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.argv = [CLASS]  # Qt takes the window's class from it
    if given:
        show(*given)
    else:
        try_it()
