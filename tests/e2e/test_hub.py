"""The hub as a stock client meets it: signalrcore, against a real web process.

pysignalr and a plain WebSocket are in `docs/programs.md`, whose examples `test_programs.py` runs.
"""

import subprocess
import sys

from tests.e2e.folder import Folder
from tests.e2e.instance import ROOT, Instance
from tests.patience import patient

FOLLOW = """
import os, queue, sys, threading
import httpx
from signalrcore.hub_connection_builder import HubConnectionBuilder

here, job_id = sys.argv[1], int(sys.argv[2])
hub = HubConnectionBuilder().with_url(f"{here}/notifications").build()
told, completed, is_open = queue.Queue(), queue.Queue(), threading.Event()
hub.on_open(is_open.set)
hub.on_error(lambda completion: completed.put(completion.error))
hub.on("JobChanged", lambda arguments: told.put(f"{arguments[0]['id']} {arguments[0]['state']}"))
hub.on("ReceiveNotification", lambda arguments: told.put(arguments[0]))
hub.start()
assert is_open.wait(60)
hub.invoke("Nothing", [])
print(completed.get(timeout=60))
hub.invoke("Subscribe", [job_id], lambda completion: completed.put(completion.error))
print(completed.get(timeout=60))
httpx.post(f"{here}/api/v1/jobs/{job_id}/cancel", json={})
httpx.post(f"{here}/reports/v3")
while "Activity report" not in (text := told.get(timeout=60)) or "started" in text:
    print(text)
print(text, flush=True)
os._exit(0)  # it leaves threads and sockets behind
"""


def test_stock_client_follows_a_job_and_hears_notices(instance: Instance, folder: Folder) -> None:
    job_id, other = instance.start("wait", folder=folder), instance.start("wait", folder=folder)

    command = [sys.executable, "-", f"http://127.0.0.1:{instance.port}", str(job_id)]
    followed = subprocess.run(
        command, input=FOLLOW, capture_output=True, text=True, cwd=ROOT, timeout=patient(60), check=False
    )

    assert followed.returncode == 0, followed.stderr
    lines = followed.stdout.splitlines()
    assert lines[:2] == ["The hub has no method 'Nothing', only Subscribe, Unsubscribe, SubscribeAll.", "None"]
    assert any(line.startswith(f"{job_id} ") for line in lines)
    assert not any(line.startswith(f"{other} ") for line in lines[2:])
    assert [line.split()[-1] for line in lines if line.startswith("Activity report")] == ["started", "succeeded"]
