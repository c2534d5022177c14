#!/usr/bin/env bash
# huey: in a pipeline a result of None, () or {} is not handed on, a tuple is spread, and a dict becomes keywords.
#
# Guess: find.s().then(store) calls store(result), whatever the result is.
# Instead: after None, () or {} store is called without an argument, so a default of store is taken; after (1, 2) it is called with two.
# 0, "" and [] are handed on.
# Hurts: store(row=ALL) after a find that found nothing stores ALL; a step that returned a dict of settings breaks or sets options of the next.
# Source: Task.extend_data in huey/api.py; the docs name the tuple and the dict, not None.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "huey==3.5.4"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from huey import MemoryHuey

huey = MemoryHuey(immediate=True)
got = []


@huey.task()
def find(result):
    return result


@huey.task()
def store(row="ALL", **options):
    got.append((row, options))


for result in (None, (), {}, {"row": 5}, 0, []):
    huey.enqueue(find.s(result).then(store))
print("huey", version("huey"))
print("expected: rows None () {} {'row': 5} 0 []")
print("seen:     rows", *(row for row, _ in got))
sys.exit([row for row, _ in got] != ["ALL", "ALL", "ALL", 5, 0, []])
PYTHON
