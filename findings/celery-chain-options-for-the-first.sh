#!/usr/bin/env bash
# Celery: chain.apply_async(queue=..., priority=...) is for the first task only; of a group it is for all.
#
# Guess: the options of apply_async() are those of the whole chain, as they are those of each member of a group.
# Instead: the first task goes to the queue "slow", those after it to the default queue; a group's members are all in "slow".
# Hurts: a pipeline "sent to the slow queue" does its heavy second step between the quick jobs, and one "for the worker with the GPU" fails on another.
# Source: the run() of a chain in celery/canvas.py gives the options to its first task; the others are in its message with their own options.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "celery==5.7.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import celery
from celery import Celery, chain, group, signature
from celery.signals import before_task_publish

app = Celery("finding", broker="memory://", backend="cache+memory://")
sent = []


@before_task_publish.connect
def note(body=None, routing_key=None, properties=None, **_):
    sent.append((routing_key, properties.get("priority")))
    if body[2]["chain"]:  # what a worker does when the task has ended: it sends the last of this list, with the rest
        *rest, following = body[2]["chain"]
        signature(following, app=app).apply_async(chain=rest)


@app.task
def step():
    return None


def queues_of(canvas):
    sent.clear()
    canvas.apply_async(queue="slow", priority=3)
    return sent.copy()


in_chain = queues_of(chain(step.si(), step.si(), step.si()))
in_group = queues_of(group(step.si(), step.si()))
print("celery", celery.__version__)
print("expected: each task of both is sent to slow with priority 3")
print(f"seen:     the chain's are sent to {in_chain}, the group's to {in_group}")
sys.exit(in_chain != [("slow", 3), ("celery", None), ("celery", None)] or in_group != [("slow", 3)] * 2)
PYTHON
