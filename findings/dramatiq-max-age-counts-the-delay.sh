#!/usr/bin/env bash
# Dramatiq: a message that is delayed by more than max_age never runs, and retries use up the age, too.
#
# Guess: max_age says how long a message may wait for a worker; a delay that was asked for, and the pause before a retry, are not that.
# Instead: the age counts from the call of send. A message with a longer delay is dead as soon as its time has come; so is the first retry of one that
# failed, if its backoff is longer than max_age: max_retries=3 is no retry at all.
# Hurts: "remind in two hours" of an actor with max_age of one hour: nothing is sent. A warning in the worker's log is all that is said.
# Source: AgeLimit.before_process_message compares with message_timestamp, which a delay and a retry keep.
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

broker = StubBroker()
dramatiq.set_broker(broker)
logging.disable(logging.CRITICAL)
ran = []


@dramatiq.actor(max_age=3_000, max_retries=3, min_backoff=8_000)
def job(name):
    ran.append(name)
    if name == "fails":
        raise ValueError


@dramatiq.actor(max_retries=3, min_backoff=200, max_backoff=200)
def ageless(name):
    ran.append(name)
    if ran.count(name) < 2:
        raise ValueError


worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
worker.start()
job.send("fails")
job.send_with_options(args=("delayed",), delay=4_000)
ageless.send("ageless fails")
broker.join("default", timeout=60_000, fail_fast=False)
worker.join()
worker.stop()
seen = {name: ran.count(name) for name in ("fails", "delayed", "ageless fails")}
dead = len(broker.dead_letters)
print("dramatiq", version("dramatiq"))
print("expected: runs {'fails': 4, 'delayed': 1, 'ageless fails': 2}")
print(f"seen:     runs {seen}, {dead} dead")
sys.exit((seen, dead) != ({"fails": 1, "delayed": 0, "ageless fails": 2}, 2))
PYTHON
