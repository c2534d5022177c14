#!/usr/bin/env bash
# Celery: what a task after a group is given depends on how many members the group has.
#
# Guess: `chain(first.s(), group(members), collect.s())` hands collect a list of the members' results: [] for none, [a] for one, [a, b] for two.
# Instead: a group of one is unrolled, so collect gets the bare result; an empty group is left out, so collect gets the result of `first`.
# Only from two members on it is a list. A chord([])(collect.s()) does hand over [].
# Hurts: a fan-out over rows of a query works in tests with three rows and sums up the wrong thing on the day with one row or none.
# Source: celery/celery issue 9012 ("expected behaviour") and pull request 9456; maybe_unroll_group in celery/canvas.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "celery==5.7.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import celery
from celery import Celery, chain, group

app = Celery("finding", broker="memory://", backend="cache+memory://")
app.conf.task_always_eager = True


@app.task
def first():
    return "first"


@app.task
def member(_, number):
    return number


@app.task
def collect(results):
    return results


seen = [chain(first.s(), group([member.s(n) for n in range(size)]), collect.s())().get() for size in range(3)]
print("celery", celery.__version__)
print("expected: [[], [0], [0, 1]]")
print(f"seen:     {seen}")
sys.exit(seen != ["first", 0, [0, 1]])
PYTHON
