"""Params that are results of earlier jobs: checked when a job is started, which waits for those that have not ended."""

from typing import Any

from app.db import JobSnapshot
from app.db.queries.jobs import get_jobs
from app.db.snapshots.parts import When
from app.errors import FieldError, InvalidInput
from app.queue.kinds.kind import Kind
from app.queue.params.checked import results_in
from app.queue.params.params import Params
from app.queue.params.results.result import unusable


def awaited(kind: Kind[Any, Any], params: Params, *, when: When) -> list[int]:
    """Return the unfinished jobs whose results some params are: a job with these waits for their success.

    Args:
        kind: of the job that is started.
        params: its values.
        when: how what it waits for otherwise has to end.

    Raises:
        InvalidInput: one is gone, did not succeed, is of another kind than is asked for, or is not finished while the
            job is to wait for another end than a success.
        Unavailable: the database is away.
    """
    named = results_in(params)
    if not named:
        return []
    jobs = {one.id: one for one in get_jobs([job_id for ids in named.values() for job_id in ids])}
    wrong = [
        FieldError(field=field, message=said)
        for field, ids in named.items()
        for job_id in ids
        if (said := _unfit(jobs.get(job_id), job_id, wanted=_kind_of(kind, field), when=when)) is not None
    ]
    if wrong:
        raise InvalidInput("Some values do not fit.", fields=wrong)
    return sorted(one.id for one in jobs.values() if not one.state.is_finished)


def _kind_of(kind: Kind[Any, Any], field: str) -> Kind[Any, Any] | None:
    """Return the kind whose results a param takes: `Annotated[Result[int], count_lines]`; None: of any."""
    marks = kind.params_model.model_fields[field].metadata
    return next((one for one in marks if isinstance(one, Kind)), None)


def _unfit(job: JobSnapshot | None, job_id: int, *, wanted: Kind[Any, Any] | None, when: When) -> str | None:
    if job is None:
        return f"There is no job #{job_id}. It may have been deleted."
    if (said := unusable(job)) is not None:
        return said
    if wanted is not None and job.kind != wanted.name:
        return f"Job #{job_id} is {job.title}; the result of {wanted.title} is needed."
    if not job.state.is_finished and when != "succeeded":
        return f"Job #{job_id} has not ended, and has to succeed first."
    return None
