#!/usr/bin/env bash
# Dramatiq: send_with_options() takes a queue, a priority or a misspelt option, and does nothing with it.
#
# Guess: actor.send_with_options(queue_name="low", priority=0, max_retry=1) sends to "low", first in line, with one retry, or names what it does not know.
# Instead: all three are kept as options of the message and looked at by nobody. The message is in the actor's own queue, its priority is the actor's,
# and it is tried again up to the default of 20 times ("max_retries" is the word).
# Hurts: a heavy job "sent to the slow queue" runs between the quick ones, and a message that must not repeat does.
# Source: Actor.message_with_options keeps further keywords as options; queue and priority belong to the actor.
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

broker = StubBroker()
broker.declare_queue("low")
dramatiq.set_broker(broker)
order = []


@dramatiq.actor(priority=5)
def job(name):
    order.append(name)


for name, priority in (("first sent", 9), ("urgent", 0)):
    message = job.send_with_options(args=(name,), queue_name="low", priority=priority, max_retry=1)
worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
worker.start()
broker.join("default", timeout=10000)
worker.join()
worker.stop()
seen = (message.queue_name, order)
print("dramatiq", version("dramatiq"))
print("expected: an error, or ('low', ['urgent', 'first sent'])")
print(f"seen:     {seen}, options {message.options}")
sys.exit(seen != ("default", ["first sent", "urgent"]) or message.options["max_retry"] != 1)
PYTHON
