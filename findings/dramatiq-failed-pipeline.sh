#!/usr/bin/env bash
# Dramatiq: a pipeline whose first step failed is waited for until the timeout, and its count of finished steps raises that step's error.
#
# Guess: pipeline.get_result(block=True) raises ResultFailure as soon as the pipeline cannot go on; completed_count is a number.
# Instead: get_result waits for the last step, which never comes, and ends with ResultTimeout after the whole time. completed_count, the thing to ask
# for progress, raises ResultFailure. (A group's get_results does raise at once.)
# Hurts: a page that waits for a report hangs for its full time-out on each failure, and a progress bar's number is an exception.
# Source: pipeline.get_result asks the last message only, completed_count calls get_result of each, in dramatiq/composition.py.
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
from dramatiq.results import ResultFailure, Results, ResultTimeout
from dramatiq.results.backends import StubBackend

logging.disable(logging.CRITICAL)
broker = StubBroker()
broker.add_middleware(Results(backend=StubBackend()))
dramatiq.set_broker(broker)


@dramatiq.actor(store_results=True, max_retries=0)
def fail():
    raise ValueError


@dramatiq.actor(store_results=True, max_retries=0)
def last(value):
    return value


def outcome(call):
    try:
        return call()
    except (ResultFailure, ResultTimeout) as error:
        return type(error).__name__


worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
worker.start()
pipeline = (fail.message() | last.message()).run()
broker.join("default", timeout=10000, fail_fast=False)
worker.join()
seen = outcome(lambda: pipeline.get_result(block=True, timeout=1000)), outcome(lambda: pipeline.completed_count)
worker.stop()
print("dramatiq", version("dramatiq"))
print("expected: ('ResultFailure', 0)")
print(f"seen:     {seen}")
sys.exit(seen != ("ResultTimeout", "ResultFailure"))
PYTHON
