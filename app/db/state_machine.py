"""The state machine: which verb takes a job from which state to which, and what has to be true for it.

`TABLE` is the only place that says so. Every write of job state takes its condition and its transition from here
(`app.db.lifecycle.transitions`), and the drawing in docs/design.md, section 2, is made of it. Nothing here reads or
writes the database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import eq, le
from typing import Any, Protocol

from app.db.states import State


class ForbiddenStep(Exception):
    """A verb was about to do what the table does not allow. A mistake in this program: no person can cause it."""


class HasState(Protocol):
    """A job's row, as an object of the table or as a plain row."""

    @property
    def state(self) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What has to be true of a row beside its state: a column compared with a value that the writer shows.

    Attributes:
        column: the column of `job`.
        compare: column, value → whether it holds. The same for values in Python and for columns in SQL.
        sentence: what it means, for docs/design.md.
    """

    column: str
    compare: Callable[[Any, Any], Any]
    sentence: str


TOKEN = Guard(column="token", compare=eq, sentence="its token is the one that the writer was given")
WORKER = Guard(column="worker_id", compare=eq, sentence="it belongs to the worker")
DUE = Guard(column="run_at", compare=le, sentence="its time has come")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One row of the table.

    Attributes:
        name: as docs/design.md calls it.
        sources: the states that it takes a job from; None: the job comes into the world.
        targets: the states that it takes a job to; None: the job leaves the world.
        guards: what the writer has to show.
        remark: what else there is to know, for docs/design.md.
    """

    name: str
    sources: tuple[State | None, ...]
    targets: tuple[State | None, ...]
    guards: tuple[Guard, ...] = ()
    remark: str = ""

    @property
    def states(self) -> frozenset[State]:
        """The states that it takes jobs from."""
        return frozenset(state for state in self.sources if state is not None)

    def fits(self, row: HasState, **shown: Any) -> bool:
        """Say whether a row may be taken: its state is one of the sources, and each guard holds.

        Args:
            row: the job, read under a lock or written back only if nobody changed it meanwhile.
            shown: the value of each guard's column.

        Raises:
            KeyError: a guard's value is not shown.
        """
        if row.state not in self.sources:
            return False
        for guard in self.guards:
            value = getattr(row, guard.column)
            if value is None or not guard.compare(value, shown[guard.column]):
                return False
        return True

    def require(self, source: str | None, target: State | None) -> None:
        """Do nothing where the table allows this step.

        Raises:
            ForbiddenStep: the table does not.
        """
        if source not in self.sources or target not in self.targets:
            raise ForbiddenStep(f"{self.name} takes no job from {source or 'nothing'} to {target or 'nothing'}")


START = Verb(name="start", sources=(None,), targets=(State.SCHEDULED, State.QUEUED), remark="somebody asks for a job")
QUEUE_DUE = Verb(
    name="due",
    # NOTE: in this order, as the conditions of two indexes in app/db/schema.py have it.
    sources=(State.SCHEDULED, State.RETRYING),
    targets=(State.QUEUED,),
    guards=(DUE,),
    remark="the end of a delay, a chosen instant, or the pause before another attempt",
)
CLAIM = Verb(
    name="claim", sources=(State.QUEUED,), targets=(State.RUNNING,), guards=(TOKEN,), remark="an attempt begins"
)
FINISH = Verb(
    name="finish",
    sources=(State.RUNNING,),
    targets=(State.SUCCEEDED, State.FAILED, State.RETRYING, State.CANCELLED),
    guards=(TOKEN, WORKER),
    remark="the attempt has an outcome",
)
HAND_BACK = Verb(
    name="hand back",
    sources=(State.RUNNING,),
    targets=(State.QUEUED, State.FAILED, State.CANCELLED),
    guards=(TOKEN, WORKER),
    remark="its worker stops in good order; burns no attempt. Finished only where it may run once and has begun",
)
RESCUE = Verb(
    name="rescue",
    sources=(State.RUNNING,),
    targets=(State.QUEUED, State.FAILED, State.CANCELLED),
    guards=(WORKER,),
    remark="its worker died: the attempt is *lost* (see Crashes)",
)
CRASH = Verb(
    name="crash",
    sources=(State.RUNNING,),
    targets=(State.QUEUED, State.FAILED, State.CANCELLED),
    guards=(TOKEN, WORKER),
    remark="the process in which it ran alone died: the attempt is *lost* (see Crashes)",
)
PUT_ASIDE = Verb(
    name="put aside",
    sources=(State.RUNNING,),
    targets=(State.SCHEDULED, State.QUEUED, State.CANCELLED, State.FAILED),
    guards=(TOKEN, WORKER),
    remark="it waits for other jobs and holds no thread; burns no attempt. Queued where those have ended already, "
    "cancelled where that was asked for, failed where one of them waits for it",
)
WAKE = Verb(
    name="wake",
    sources=(State.SCHEDULED,),
    targets=(State.QUEUED,),
    remark="all jobs that it waited for have ended as they had to, or as many as decide",
)
APPROVE = Verb(
    name="approve",
    sources=(State.SCHEDULED,),
    targets=(State.QUEUED,),
    remark="a second person agrees. Until then nothing else queues it",
)
WAIT_AGAIN = Verb(
    name="wait again",
    sources=(State.CANCELLED,),
    targets=(State.SCHEDULED,),
    remark="the job is retried because of whose end it was cancelled",
)
CANCEL = Verb(
    name="cancel",
    sources=(State.SCHEDULED, State.QUEUED, State.RETRYING),
    targets=(State.CANCELLED,),
    remark="of a running job it is a request, which changes no state. So end those, too, that wait for one to end in "
    "another way",
)
RETRY = Verb(
    name="retry",
    sources=(State.FAILED, State.CANCELLED),
    targets=(State.QUEUED, State.SCHEDULED),
    remark="attempt numbers go on, history is kept. Refused while another job of its kind has its unique key. "
    "Scheduled where many are retried and it waits for one of these again",
)
DELETE = Verb(
    name="delete",
    sources=(State.SUCCEEDED, State.FAILED, State.CANCELLED),
    targets=(None,),
    remark="with all that belongs to it; by request, or at the end of the time that history is kept",
)

TABLE: Sequence[Verb] = (
    START,
    QUEUE_DUE,
    CLAIM,
    FINISH,
    HAND_BACK,
    RESCUE,
    CRASH,
    PUT_ASIDE,
    WAKE,
    APPROVE,
    WAIT_AGAIN,
    CANCEL,
    RETRY,
    DELETE,
)
