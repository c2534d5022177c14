"""Which jobs run in this worker, and which of its threads are held by jobs that are no longer its own to decide."""

from app.db.lifecycle.claim import Claim
from app.db.snapshots.secrets import mask
from app.queue.context.run import Run
from app.queue.kinds.registry import registry
from app.telemetry.trace_context import of_attempt


class RunningJobs:
    """The runs of a worker. Read and changed by many threads; each step is one step of a dictionary."""

    def __init__(self) -> None:
        """Start with none."""
        self._runs: dict[int, Run] = {}
        self._strays: dict[tuple[int, int], Run] = {}
        """Runs whose outcome is decided, or another's to decide, while a thread of this worker still has them."""

    def __bool__(self) -> bool:
        """Say whether any job runs here."""
        return bool(self._runs)

    @property
    def job_ids(self) -> list[int]:
        """The jobs that run here: what the heartbeat names. A job is among them until its outcome is durable."""
        return list(self._runs)

    @property
    def all(self) -> list[Run]:
        """The runs of these jobs."""
        return list(self._runs.values())

    @property
    def undecided(self) -> list[Run]:
        """Those runs whose function has not ended yet."""
        return [run for run in self.all if not run.is_over]

    @property
    def with_strays(self) -> list[Run]:
        """All runs that have a thread of this worker, or wait for one."""
        return [*self.all, *list(self._strays.values())]

    @property
    def abandoned_threads(self) -> int:
        """How many threads are held by jobs that ended without them."""
        return sum(run.is_abandoned for run in list(self._strays.values()))

    def find(self, job_id: int) -> Run | None:
        """Return the run of a job; None: it does not run here."""
        return self._runs.get(job_id)

    def has(self, run: Run) -> bool:
        """Say whether this very run is among them, and not a later one of the same job."""
        return self._runs.get(run.job_id) is run

    def has_attempt(self, job_id: int, token: int) -> bool:
        """Say whether the job of this very message runs here already."""
        run = self._runs.get(job_id)
        return run is not None and run.token == token

    def add(self, run: Run) -> Run | None:
        """Take in a run that was just claimed. Returns an older run of the same job, which this worker had lost."""
        older = self._runs.get(run.job_id)
        self._runs[run.job_id] = run
        return older

    def remove(self, run: Run) -> None:
        """Let go of a run, unless a later one of the same job has taken its place."""
        if self.has(run):
            del self._runs[run.job_id]

    def add_stray(self, run: Run) -> None:
        """Remember that a thread still has this run, whose outcome is not that thread's to decide."""
        self._strays[run.job_id, run.token] = run

    def remove_stray(self, job_id: int, token: int) -> Run | None:
        """Return the stray run that its thread has left at last; None: no stray run has this job and token."""
        return self._strays.pop((job_id, token), None)


def run_of(claim: Claim) -> Run:
    """Make the run of a job that was just claimed."""
    kind = registry.find(claim.kind)
    trace: str | None = claim.row.trace_id
    return Run(
        job_id=claim.job_id,
        kind_name=claim.kind,
        token=claim.token,
        attempt=claim.attempt,
        max_attempts=claim.max_attempts,
        params=mask(claim.params),
        stored_params=claim.params,
        timeout=kind.timeout if kind else None,
        grace=kind.grace if kind else 0.0,
        is_isolated=claim.is_alone or (kind is not None and kind.isolate),
        last_log_seq=claim.last_log_seq,
        traceparent=trace and of_attempt(trace, claim.job_id, claim.attempt).traceparent,
        has_followers=claim.row.has_followers,
    )
