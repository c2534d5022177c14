"""Server-Sent Events of one job → the job, each time it has changed.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
from typing import Any

import httpx

from app.client.answers import Job, JobdeckError
from app.client.trying import BUSY

AGAIN_SECONDS = 1.0
SILENT_SECONDS = 45.0
"""The server says something each 15 seconds; after so long it is not there any more."""
TIMEOUT = httpx.Timeout(10.0, read=SILENT_SECONDS)


class Changes:
    """What is known of one job that is followed, over as many connections as it takes."""

    def __init__(self, job: Job) -> None:
        """Begin with a job as it is known."""
        self.job = job
        self._name = self._data = ""

    def take(self, line: str) -> Job | None:
        """Take a line of the stream, and return the job if it ends an event that changed it.

        Raises:
            JobdeckError: the job was deleted.
        """
        if line:
            name, _, value = line.partition(":")
            if name == "event":
                self._name = value.strip()
            elif name == "data":
                self._data += value.removeprefix(" ")
            return None
        name, data, self._name, self._data = self._name, self._data, "", ""
        return self._told(name, json.loads(data)) if data else None

    def _told(self, name: str, told: dict[str, Any]) -> Job | None:
        if name == "deleted":
            raise JobdeckError(f"Job {self.job.id} was deleted.", status=404)
        if name == "progress":
            return self.see(self.job.with_progress(told))
        return self.see(Job.model_validate(told)) if name == "job" else None

    def see(self, job: Job) -> Job | None:
        """Take the job as it was seen, and return it if it has changed."""
        if job.version < self.job.version or _without_time(job) == _without_time(self.job):
            return None
        self.job = job
        return job


def is_refused(response: httpx.Response) -> bool:
    """Say whether a stream was not opened for now: the job is looked at instead.

    Raises:
        JobdeckError: it was refused for good.
    """
    if response.status_code in BUSY:
        return True
    if not response.is_success:
        raise JobdeckError.of(response)
    return False


def _without_time(job: Job) -> dict[str, Any]:
    """Return what of a job counts as a change: not the time that passes."""
    return job.model_dump(exclude={"run_seconds"})
