"""The rows of a job on another machine, as whoever follows it in a terminal reads them."""

from collections.abc import AsyncGenerator

from app.client import AsyncJobdeck, Job, Jobdeck, JobdeckError
from app.db import JobSnapshot
from app.db.snapshots.files import Artifact
from app.db.snapshots.parts import Attempt, LogLine, Progress
from app.errors import (
    AppError,
    FieldError,
    Forbidden,
    InvalidInput,
    Malformed,
    NotFound,
    NotSignedIn,
    TooLarge,
    Unavailable,
    WrongState,
)
from app.queue.events.types import Heard, JobChanged, JobProgressed

_LINES = 500
_ERRORS: dict[int, type[AppError]] = {
    error.status_code: error for error in (Malformed, NotSignedIn, Forbidden, NotFound, WrongState, TooLarge)
}


class RemoteRows:
    """The rows of one server."""

    def __init__(self, deck: Jobdeck, followed: AsyncJobdeck) -> None:
        """`deck` is asked from threads, `followed` by the event loop."""
        self._deck = deck
        self._followed = followed
        self._job_id = 0

    def job(self, job_id: int) -> JobSnapshot:
        """Return the job as it is."""
        self._job_id = job_id
        with_answer = self._ask(f"/jobs/{job_id}")
        return JobSnapshot.model_validate(with_answer)

    def attempts(self, job_id: int) -> list[Attempt]:
        """Return its attempts."""
        return [Attempt.model_validate(one) for one in self._ask(f"/jobs/{job_id}/attempts")["items"]]

    def log(self, job_id: int, *, after: int) -> list[LogLine]:
        """Return the next lines of its log."""
        page = self._ask(f"/jobs/{job_id}/log", after=after, limit=_LINES)
        return [LogLine.model_validate(one) for one in page["items"]]

    def files(self, job_id: int) -> list[Artifact]:
        """Return what it attached."""
        found = self._ask(f"/jobs/{job_id}/artifacts")["items"]
        return [Artifact.model_validate(one) for one in found]

    def cancel(self, job_id: int) -> None:
        """Ask it to stop."""
        try:
            self._deck.cancel(job_id)
        except JobdeckError as error:
            raise told(error) from error

    def is_gone(self) -> bool:
        """Say whether what runs the job has ended: another machine nobody sees end, it is waited for."""
        return False

    async def events(self) -> AsyncGenerator[Heard]:
        """Give what the server tells of the job."""
        async with self._followed as deck:
            version = -1
            async for job in deck.follow(self._job_id):
                if job.version == version:
                    progress = Progress.model_validate(job.progress.model_dump())
                    yield JobProgressed(job_id=job.id, attempt=job.attempt, progress=progress)
                else:
                    version = job.version
                    yield JobChanged(job=snapshot(job))

    def _ask(self, path: str, **query: int) -> dict[str, list[object]]:
        try:
            answer: dict[str, list[object]] = self._deck.request("GET", path, **query)
        except JobdeckError as error:
            raise told(error) from error
        return answer


def snapshot(job: Job) -> JobSnapshot:
    """Return a job as the screens of this terminal take it."""
    return JobSnapshot.model_validate(job.model_dump())


def told(error: JobdeckError) -> AppError:
    """Return the error that the same act would have met on its own machine."""
    fields = [FieldError(field=name, message=message) for name, message in error.errors]
    if error.status == InvalidInput.status_code:
        return InvalidInput(fields=fields)
    return _ERRORS.get(error.status, Unavailable)(error.message, hint=error.hint)
