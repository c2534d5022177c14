#!/usr/bin/env bash
# Dramatiq: each message of a pipeline holds all the messages after it: of 100 steps the first is 108 times as large as one alone, and 1,000 cannot be sent.
#
# Guess: a pipeline is a list of small messages; its length costs what that many messages cost.
# Instead: the messages are nested in each other's options. What is sent in all grows with the square of the length, and the JSON of a long one is
# nested deeper than Python's encoder goes: run() raises RecursionError, and nothing of it was sent.
# Hurts: a chain made of a list that grows with the data (files, pages, customers) works in the test and cannot be started one day.
# Source: pipeline.__init__ puts the next message into pipe_target of the one before, in dramatiq/composition.py; Pipelines in middleware.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "dramatiq==2.2.1"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import dramatiq
from dramatiq.brokers.stub import StubBroker

dramatiq.set_broker(StubBroker())


@dramatiq.actor
def step():
    pass


def outcome(steps):
    chain = dramatiq.pipeline([step.message() for _ in range(steps)])
    try:
        chain.run()
    except RecursionError as error:
        return type(error).__name__
    return "sent"


def largest(steps):
    """The bytes of the first message, by those of a message alone."""
    chain = dramatiq.pipeline([step.message() for _ in range(steps)])
    return round(len(chain.messages[0].encode()) / len(step.message().encode()))


seen = [(steps, outcome(steps)) for steps in (10, 100, 1_000)]
print("dramatiq", version("dramatiq"))
print("expected: each is sent, and the first message of 100 steps is about as large as one alone")
print(f"seen:     {seen}, and it is {largest(100)} times as large")
sys.exit(not (seen == [(10, "sent"), (100, "sent"), (1_000, "RecursionError")] and largest(100) > 50))
PYTHON
