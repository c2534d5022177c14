"""What a job saves for its next attempt, and what an earlier attempt of it has saved: from values to JSON and back."""

from collections.abc import Mapping
from typing import Any

from app.db.lifecycle.flows import checkpoints
from app.db.snapshots.secrets import SEALED
from app.queue.context.context import JobError
from app.queue.context.run import Run
from app.queue.context.stop import JobLost
from app.queue.execution.outcome import as_json
from app.queue.params.field_types import Secret
from app.queue.params.sealing import seal, unseal

MAX_CHECKPOINT_BYTES = 64 * 1024


def save(run: Run, value: Any) -> None:
    """Keep a value for the next attempt of a job.

    Raises:
        JobError: it cannot be written as JSON, or takes more than 64 KB.
        JobLost: another worker has the job now.
        Unavailable: the database is away; save it again.
    """
    if not checkpoints.save(run.job_id, run.token, _written(value)):
        raise JobLost("Another worker has this job now; what this one saves does not count.")


def saved(run: Run) -> Any:
    """Return what an attempt of a job saved last, secrets opened; None: nothing.

    Raises:
        Unavailable: the database is away.
        Unsealable: a secret in it was sealed with another key.
    """
    return _opened(checkpoints.saved(run.job_id))


class InMemory:
    """The checkpoint of a job that no row is of; a value goes the same way to JSON and back."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: Any = None

    def save(self, value: Any) -> None:
        """Keep a value; raises JobError as `save` of a stored job."""
        self._kept = _written(value)

    def saved(self) -> Any:
        """Return what was saved last; None: nothing."""
        return _opened(self._kept)


_INSTEAD = "Attach the bulk of it as a file with ctx.attach, and save where it is."


def _written(value: Any) -> Any:
    try:
        sealed = _sealed(value)
    except RecursionError as error:
        raise JobError(
            "The job's checkpoint cannot be kept as JSON: it contains itself, or is nested too deeply."
        ) from error
    return as_json(sealed, name="checkpoint", limit_bytes=MAX_CHECKPOINT_BYTES, instead=_INSTEAD)


def _sealed(value: Any) -> Any:
    """Put sealed texts in the place of secrets, in plain lists and mappings; models seal theirs themselves."""
    if isinstance(value, Secret):
        return {SEALED: seal(value.get_secret_value())}
    if isinstance(value, Mapping):
        return {key: _sealed(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_sealed(one) for one in value]
    return value


def _opened(value: Any) -> Any:
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(token := value.get(SEALED), str):
            return Secret(unseal(token))
        return {key: _opened(one) for key, one in value.items()}
    return [_opened(one) for one in value] if isinstance(value, list) else value
