#!/usr/bin/env bash
# Dramatiq: a group's completion callback is never called if one member fails, and a group of none raises.
#
# Guess: the completion callback runs when all members are done, whatever became of them (a failed one is done, too, after its retries), and at once for
# a group of none.
# Instead: only a success counts down. One failure among a thousand and the callback never comes, and nothing says that it will not.
# An empty group with a callback is an AssertionError about "parties".
# Hurts: the "all done" mail, the clean-up or the next stage after a fan-out: it is missing exactly when something went wrong.
# Source: GroupCallbacks.after_process_message in dramatiq/middleware/group_callbacks.py (exception is None); rate_limits/barrier.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "dramatiq==2.2.1"
"$folder/venv/bin/python" - <<'PYTHON'
import logging
import sys
from importlib.metadata import version

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import GroupCallbacks
from dramatiq.rate_limits.backends import StubBackend

logging.disable(logging.CRITICAL)
broker = StubBroker()
broker.add_middleware(GroupCallbacks(StubBackend()))
dramatiq.set_broker(broker)
called = []


@dramatiq.actor(max_retries=0)
def member(size, number):
    if size == 3 and number == 1:
        raise ValueError


@dramatiq.actor(max_retries=0)
def completed(size):
    called.append(size)


worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
worker.start()
refused = []
for size in (2, 3, 0):
    group = dramatiq.group([member.message(size, number) for number in range(size)])
    group.add_completion_callback(completed.message(size))
    try:
        group.run()
    except AssertionError:
        refused.append(size)
    for _ in range(2):  # the members, then what they have sent
        broker.join("default", timeout=10000, fail_fast=False)
        worker.join()
worker.stop()
print("dramatiq", version("dramatiq"))
print("expected: called for the groups of [2, 3, 0]")
print(f"seen:     called for {called} (one of the three failed), refused {refused}")
sys.exit((called, refused) != ([2], [0]))
PYTHON
