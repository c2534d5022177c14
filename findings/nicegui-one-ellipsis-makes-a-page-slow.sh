#!/usr/bin/env bash
# NiceGUI: one character beyond ASCII, or one ampersand, anywhere in a large page makes the server's work for each visit several times as long.
#
# Guess: what a page costs goes by how many elements it has; what stands in a label makes no difference.
# Instead: the elements' JSON is escaped with str.translate. Python has a fast way for that as long as a text is ASCII and each sign
# becomes one sign; from the first other one on it asks a dict for each character of all that follows.
# Hurts: 33 ms of processor for each 300 kB, in the event loop, for an ellipsis or a name with an umlaut, while all others wait.
# Source: HTML_ESCAPE_TABLE in nicegui/client.py, _PyUnicode_TranslateCharmap in CPython's Objects/unicodeobject.c.
# The limit is wide: the work is at least one and a half times as long.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "nicegui==3.18.0" "httpx==0.28.1"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import re
import sys
import time
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.testclient import TestClient
from nicegui import ui

app = FastAPI()


def page(first):
    with ui.element("template"):  # elements with long attributes: much JSON, few objects
        ui.label(first)
        for _ in range(200):
            ui.element("path").props["d"] = "M0 0L1 1" * 1_000


@ui.page("/plain")
def plain():
    page("Wait...")


@ui.page("/ellipsis")
def ellipsis():
    page("Wait…")


@ui.page("/ampersand")
def ampersand():
    page("Wait & see")


ui.run_with(app)
seen = {}
with TestClient(app) as client:
    for name in ("plain", "ellipsis", "ampersand"):
        times = []
        for _ in range(6):
            began = time.process_time()
            size = len(client.get(f"/{name}").text)
            times.append(time.process_time() - began)
        seen[name] = min(times)
print("nicegui", version("nicegui"), "python", sys.version.split()[0], f"a page of {size / 1e6:.1f} MB")
print("expected: the same for each")
print("seen:    ", {name: f"{took * 1000:.0f} ms" for name, took in seen.items()})
sys.exit(min(seen["ellipsis"], seen["ampersand"]) < 1.5 * seen["plain"])
PYTHON
