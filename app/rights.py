"""Who may do what: the roles, and the one table of role and act. Nothing here knows accounts or requests.

Every actor carries its rights (`app.actor`), and whatever changes something asks them first (`require`). The matrix in
docs/security.md is made from this table by `python -m tests.unit.rights_matrix`; a test compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

from app.errors import Forbidden


class Role(StrEnum):
    """What an account is for; each may do what the one before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """How much it may do, among the others."""
        return _RANKS[self]

    @property
    def with_article(self) -> str:
        """As it stands in a sentence."""
        return f"{'a' if self is Role.VIEWER else 'an'} {self}"


_RANKS = {role: rank for rank, role in enumerate(Role)}


class Act(StrEnum):
    """What somebody asks for, in the words of the matrix."""

    READ = "see jobs, schedules, queues and workers"
    OWN = "change the own password, end own sessions, make own tokens, keep own views"
    UPLOAD = "upload a file"
    START = "start a job"
    CANCEL = "cancel a job"
    RETRY = "retry a job"
    SCHEDULE = "make, change, run, pause and delete schedules"
    QUEUES = "pause and resume queues"
    WORKERS = "quiet, resume and stop workers"
    APPROVE = "agree to jobs of others that need a second person, or refuse them"
    NOTICES = "make, change, test and delete notices"
    FAILURES = "dismiss failures and mark them as handled, write notes"
    PRIVATE = "see the params of private kinds"
    DELETE = "delete jobs"
    AUDIT = "see who asked for what (the audit)"
    ACCOUNTS = "manage accounts, and the sessions and tokens of others"
    SETTINGS = "change settings"
    CHANGE = "change anything else"


NEEDED: Mapping[Act, Role] = {
    Act.READ: Role.VIEWER,
    Act.OWN: Role.VIEWER,
    Act.UPLOAD: Role.OPERATOR,
    Act.START: Role.OPERATOR,
    Act.CANCEL: Role.OPERATOR,
    Act.RETRY: Role.OPERATOR,
    Act.SCHEDULE: Role.OPERATOR,
    Act.QUEUES: Role.OPERATOR,
    Act.WORKERS: Role.OPERATOR,
    Act.APPROVE: Role.OPERATOR,
    Act.NOTICES: Role.OPERATOR,
    Act.FAILURES: Role.OPERATOR,
    Act.PRIVATE: Role.OPERATOR,
    Act.DELETE: Role.ADMIN,
    Act.AUDIT: Role.ADMIN,
    Act.ACCOUNTS: Role.ADMIN,
    Act.SETTINGS: Role.ADMIN,
    Act.CHANGE: Role.OPERATOR,
}
"""The least role for each act. A kind may ask for more of who starts it (`@job(requires="admin")`)."""

OF_STARTING_TOKENS = frozenset({Act.READ, Act.UPLOAD, Act.START})
"""What a token that starts some kinds may do, and only as far as its account may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What somebody may do.

    Attributes:
        role: of the account, or less where a token has a smaller scope.
        starts: the only kinds that a token may start; None: it is not bound to some.
        only_reads: of a token that may do nothing else, not even with what is its account's.
    """

    role: Role = Role.ADMIN
    starts: frozenset[str] | None = None
    only_reads: bool = False

    @classmethod
    def of_token(cls, role: Role, scope: str) -> Self:
        """Return what a token may do whose account has this role.

        Args:
            role: the account's.
            scope: `read`, `all`, or kinds, as `start:mail,start:import_rows`.
        """
        if scope == "read":
            return cls(role=Role.VIEWER, only_reads=True)
        if scope == "all":
            return cls(role=role)
        return cls(role=role, starts=frozenset(one.removeprefix("start:") for one in scope.split(",")))

    def refusal(self, act: Act, *, kind: str | None = None, requires: Role | None = None) -> str | None:
        """Say why an act is not allowed, in a sentence; None: it is.

        Args:
            act: what is asked for.
            kind: the kind that is to be started, where one is.
            requires: the role that this kind asks for.
        """
        needed = NEEDED[act]
        if requires is not None and requires.rank > needed.rank:
            needed = requires
        if self.role.rank < needed.rank:
            return f"This needs the role {needed}."
        if self.only_reads and act is not Act.READ:
            return "This token may only read."
        if self.starts is None:
            return None
        if act not in OF_STARTING_TOKENS:
            return "This token may only start jobs."
        if act is Act.START and kind not in self.starts:
            return f"This token may only start {', '.join(sorted(self.starts))}."
        return None

    def allows(self, act: Act) -> bool:
        """Say whether an act is allowed."""
        return self.refusal(act) is None


ALL = Rights()
"""Of the owner of the data folder, and of what acts by itself."""


class Acting(Protocol):
    """Whoever acts (`app.actor.Actor`)."""

    @property
    def name(self) -> str:
        """As people read it."""

    @property
    def rights(self) -> Rights:
        """What it may do."""


def require(by: Acting, act: Act, *, kind: str | None = None, requires: Role | None = None) -> None:
    """Refuse an act that somebody may not do; `kind`, `requires`: as `Rights.refusal`.

    Raises:
        Forbidden: it is not allowed; says which role is needed.
    """
    refusal = by.rights.refusal(act, kind=kind, requires=requires)
    if refusal is not None:
        raise Forbidden(f"{refusal} {by.name} is {by.rights.role.with_article}.")
