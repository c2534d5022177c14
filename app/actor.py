"""Who acts: the person, program, schedule or job behind every change, and the place from which it was asked for.

Every door takes an actor by name (`by=`) and none has one of its own, so that nothing is done by nobody. A start and
every other transition of a job store theirs.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum

from app.rights import ALL, Rights


class ActorKind(StrEnum):
    """What somebody is who acts."""

    PERSON = "person"
    TOKEN = "token"  # nosec B105  # what an actor is
    SCHEDULE = "schedule"
    JOB = "job"
    SYSTEM = "system"


client_address: ContextVar[str] = ContextVar("client_address", default="")
"""The address of the client whose request or websocket this is; the guard of the web process sets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts.

    Attributes:
        kind: what the actor is.
        name: as people read it: "local", "nightly", "job #12".
        via: from where: "page", "api", "terminal", "python", or the job that acts for the actor, as "job #12". Empty:
            from nowhere else.
        rights: what it may do: asked by every door behind which something changes, never stored.
        address: of the client whose request this is, where it is known; else empty.
    """

    kind: ActorKind
    name: str
    via: str = ""
    rights: Rights = field(default=ALL, compare=False, repr=False)
    address: str = field(default_factory=client_address.get, compare=False)

    @property
    def account(self) -> str:
        """The account that acts, by itself or by its token, whose name is `account/token`."""
        return self.name.partition("/")[0]


SYSTEM = Actor(kind=ActorKind.SYSTEM, name="system")
"""What nobody asked for: a claim, an end, a rescue."""


LOCAL = "local"
"""The name of the person at this machine. No account has it."""


def local(via: str) -> Actor:
    """Return the person at this machine: who owns the data folder, in a terminal; on the pages, without accounts."""
    return Actor(kind=ActorKind.PERSON, name=LOCAL, via=via)


def of_job(job_id: int) -> Actor:
    """Return the job that acts by itself: it starts a child."""
    return Actor(kind=ActorKind.JOB, name=f"job #{job_id}")


def of_schedule(schedule_id: int) -> Actor:
    """Return the schedule that starts a job."""
    return Actor(kind=ActorKind.SCHEDULE, name="schedule", via=f"schedule #{schedule_id}")
