"""Jobdeck as a program sees it: the calls of its API that the end-to-end tests make."""

import contextlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
from pydantic import TypeAdapter

from app.db import JobSnapshot, State
from app.db.snapshots.files import Artifact
from app.db.snapshots.parts import Attempt, LogLine, Transition
from tests.patience import patient
from tests.waiting import until

FINISH_SECONDS = 60.0
RESCUE_SECONDS = 15.0
"""The promise: a killed worker's jobs are queued again within this time."""
OTHERS, MOST_JOBS = 4, 200
"""Whoever waits reads few jobs that are not waited for: 200 of them take 40 ms of a core, again and again."""

_jobs = TypeAdapter(list[JobSnapshot])
_attempts = TypeAdapter(list[Attempt])
_transitions = TypeAdapter(list[Transition])
_lines = TypeAdapter(list[LogLine])
_artifacts = TypeAdapter(list[Artifact])


class Api:
    """A client of a web process on this machine, which may be away."""

    def __init__(self, port: int) -> None:
        """`port`: where the web process listens, or will."""
        self.port = port
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=patient(20))

    def start(self, kind: str, *, delay_seconds: float | None = None, **params: Any) -> int:
        """Start a job and return its id."""
        return self.act(f"/kinds/{kind}/start", {"params": _plain(params), "delay_seconds": delay_seconds}).id

    def start_many(self, number: int, kind: str, *, delay_seconds: float | None = None, **params: Any) -> list[int]:
        """Start several jobs and return their ids."""
        return [self.start(kind, delay_seconds=delay_seconds, **params) for _ in range(number)]

    def cancel(self, job_id: int) -> JobSnapshot:
        """Cancel a job and return it as the answer shows it."""
        return self.act(f"/jobs/{job_id}/cancel", {})

    def retry(self, job_id: int, **params: Any) -> JobSnapshot:
        """Retry a job, with other params if some are given, and return the job of the answer."""
        return self.act(f"/jobs/{job_id}/retry", {"params": _plain(params)} if params else {})

    def act(self, path: str, body: dict[str, Any]) -> JobSnapshot:
        """Ask for something that answers a job."""
        given = {name: value for name, value in body.items() if value is not None}
        response = self.api.post(f"/api/v1{path}", json=given)
        assert response.status_code == 202, response.text
        return JobSnapshot.model_validate_json(response.content)

    def job(self, job_id: int) -> JobSnapshot:
        """Get a job."""
        return JobSnapshot.model_validate(self.get(f"/jobs/{job_id}"))

    def attempts(self, job_id: int) -> list[Attempt]:
        """Get a job's attempts."""
        return _attempts.validate_python(self._items(job_id, "attempts"))

    def outcomes(self, job_id: int) -> list[str]:
        """Get how a job's attempts ended."""
        return [attempt.state for attempt in self.attempts(job_id)]

    def transitions(self, job_id: int) -> list[Transition]:
        """Get a job's transitions."""
        return _transitions.validate_python(self._items(job_id, "transitions"))

    def states(self, job_id: int) -> list[State]:
        """Get the states a job went through."""
        return [each.to_state for each in self.transitions(job_id)]

    def log(self, job_id: int, *, after: int = 0, limit: int = 2000) -> list[LogLine]:
        """Get the first lines of a job's log whose `seq` is higher than `after`."""
        return _lines.validate_python(self.get(f"/jobs/{job_id}/log?limit={limit}&after={after}")["items"])

    def whole_log(self, job_id: int) -> list[LogLine]:
        """Get all lines of a job's log."""
        lines: list[LogLine] = []
        while more := self.log(job_id, after=lines[-1].seq if lines else 0):
            lines += more
        return lines

    def artifacts(self, job_id: int) -> list[Artifact]:
        """Get what a job attached."""
        return _artifacts.validate_python(self._items(job_id, "artifacts"))

    def wait_for(self, job_id: int, state: State, *, seconds: float = FINISH_SECONDS) -> JobSnapshot:
        """Wait until a job is in a state, and return it."""
        return self.wait_for_all([job_id], state, seconds=seconds)[0]

    def wait_for_all(
        self, job_ids: Iterable[int], state: State, *, seconds: float = FINISH_SECONDS
    ) -> list[JobSnapshot]:
        """Wait until all these jobs are in a state, and return them. The web process may be away meanwhile."""
        wanted = set(job_ids)
        limit = min(len(wanted) + OTHERS, MOST_JOBS)
        seen: dict[int, JobSnapshot] = {}

        def are_there() -> bool:
            nonlocal limit
            with contextlib.suppress(httpx.TransportError):
                newest = _jobs.validate_python(self.get(f"/jobs?limit={limit}")["items"])
                found = {job.id: job for job in newest if job.id in wanted}
                seen.update(found)
                if len(found) < len(wanted):
                    limit = min(2 * limit, MOST_JOBS)
            others = [job for job in seen.values() if job.state != state]
            assert not any(job.state.is_finished for job in others), f"not {state}: {others}"
            return len(seen) == len(wanted) and not others

        try:
            until(are_there, seconds=seconds, every=0.05)
        except AssertionError as error:
            error.add_note(f"not {state}: {[job for job in seen.values() if job.state != state]}")
            raise
        return [seen[job_id] for job_id in sorted(wanted)]

    def wait_until_lost(self, job_ids: Sequence[int]) -> None:
        """Wait until the first attempts of these jobs are known as lost, as is promised of those of a dead worker.

        Each of them then runs in a process of its own, and how long that takes to start is up to the machine.
        """
        until(lambda: all(self.outcomes(job_id)[0] == "lost" for job_id in job_ids), seconds=RESCUE_SECONDS, every=0.2)

    def get(self, path: str) -> Any:
        """Get JSON from the API."""
        response = self.api.get(f"/api/v1{path}")
        assert response.status_code == 200, response.text
        return response.json()

    def _items(self, job_id: int, what: str) -> Any:
        return self.get(f"/jobs/{job_id}/{what}")["items"]

    def answers(self, path: str) -> bool:
        """Say whether a path outside the base is answered with 200."""
        try:
            return self.api.get(path).status_code == 200
        except httpx.TransportError:
            return False


def _plain(params: dict[str, Any]) -> Any:
    return json.loads(json.dumps(params, default=str))
