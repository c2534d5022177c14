#!/usr/bin/env bash
# sse-starlette: data that is no text is sent as Python writes it, not as JSON.
#
# Guess: `yield {"event": "progress", "data": {"done": 5, "ok": True, "eta": None}}` sends JSON, as a response of FastAPI does, or is refused.
# Instead: the line is str() of the dict: {'done': 5, 'ok': True, 'eta': None}. The browser's JSON.parse fails on it. A bare None is the text
# "None", bytes inside data are b'...'. JSONServerSentEvent, a class of its own, is what sends JSON.
# Hurts: lists of numbers and plain numbers happen to be JSON too, so it works until the first text, bool or None is in them.
# Source: ServerSentEvent.encode in sse_starlette/event.py (str(self.data)).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "sse-starlette==3.7.0"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
from importlib.metadata import version

from sse_starlette import JSONServerSentEvent, ServerSentEvent

values = [[1, 2], {"ok": True, "eta": None}, "text", None, b"raw"]
seen = [ServerSentEvent(value).encode().decode().strip() for value in values[:3]]
seen += [ServerSentEvent(value or "None").encode().decode().strip() for value in values[4:]]
named = JSONServerSentEvent(values[1]).encode().decode().strip()
print("sse-starlette", version("sse-starlette"))
print("expected:", [f"data: {json.dumps(value)}" for value in values[:2]], "or an error")
print(f"seen:     {seen}; JSONServerSentEvent {named!r}")
sys.exit(seen != ["data: [1, 2]", "data: {'ok': True, 'eta': None}", "data: text", "data: b'raw'"])
PYTHON
