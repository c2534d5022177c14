"""Who is behind a request, a socket or a page: found once, kept for a second, and looked up again while it lasts.

The only state of this room, in the memory of the web process. A visit is shared by all that show the same secret: the
page of a browser and its socket have the same one. What happens in the course of a request finds its visit in
`present`, which threads and tasks inherit.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from weakref import WeakValueDictionary

from app.actor import Actor, ActorKind, local
from app.auth.changes import change_number
from app.auth.secret_texts import hash_of
from app.db.accounts import accounts, sessions, tokens
from app.db.snapshots.secrets import hidden_kinds
from app.errors import NotSignedIn, Unavailable
from app.rights import Act, Rights

IN_SCOPE = "jobdeck.visit"
"""Under this key the visit stands in the scope of a request, and so in that of a page."""
SAW_PRIVATE = "jobdeck.saw_private"
"""Under this key stands in the same scope whether it might see the params of private kinds when it began."""
LAST_WORDS = "jobdeck.last_words"
"""Under this key stands in the scope of a request what is said where it lasts longer than its visit: `LastWords`."""
OVER = "Your session or token is over: sign in again."
LESS = "You may see less than before: connect again."
"""Of a connection on which params of private kinds are told, when who is behind it may not see them any more."""
FRESH_SECONDS = 1.0
"""How long what was read holds: so long after a role was changed, or a session ended elsewhere, nobody may notice."""
MOST_KEPT = 1000
"""Visits that are kept without a page or a socket that needs them."""


class Ended(Exception):
    """Whoever an answer goes to may not have more of it: it ends here, and no fault is told."""


@dataclass(slots=True)
class LastWords:
    """What a connection is sent, before it is closed because nobody who may is behind it any more."""

    say: Callable[[str], str] = lambda reason: ""
    """Set by who speaks on the connection, in its language; nothing: what closes it says it. Takes `OVER` or `LESS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks: an account, by a session or by a token."""

    account: str
    rights: Rights
    session_id: int | None = None
    token_name: str | None = None

    def actor(self, via: str) -> Actor:
        """Return who acts."""
        if self.token_name is not None:
            name = f"{self.account}/{self.token_name}"
            return Actor(kind=ActorKind.TOKEN, name=name, via=via, rights=self.rights)
        return Actor(kind=ActorKind.PERSON, name=self.account, via=via, rights=self.rights)


class Visit:
    """A request, a socket or a page, and who asks with it as far as that is known. None: nobody who may come in."""

    def __init__(self, secret_hash: str = "", *, is_token: bool = False, is_open: bool = False) -> None:  # nosec B107  # none
        """Know nothing of it yet.

        Args:
            secret_hash: of what the cookie or the token has.
            is_token: it is a token.
            is_open: there are no accounts, and whoever asks is at this machine.
        """
        self.secret_hash = secret_hash
        self.is_token = is_token
        self.is_open = is_open
        self.identity: Identity | None = None
        self.checked_at = float("-inf")
        self.checked_after = -1
        """How many changes there had been."""

    def is_same(self, other: "Visit | None") -> bool:
        """Say whether both show the same secret, or both none because there are no accounts."""
        return self is other or (other is not None and self.is_open and other.is_open)

    @property
    def is_over(self) -> bool:
        """Whether nobody who may come in is behind it."""
        return self.identity is None and not self.is_open

    @property
    def sees_private(self) -> bool:
        """Whether who is behind it may see the params of private kinds."""
        return self.is_open or (self.identity is not None and self.identity.rights.allows(Act.PRIVATE))

    def actor(self, via: str) -> Actor:
        """Return who acts.

        Raises:
            NotSignedIn: nobody who may.
        """
        if self.identity is not None:
            return self.identity.actor(via)
        if self.is_open:
            return local(via)
        raise NotSignedIn("You are signed out.")


present: ContextVar[Visit | None] = ContextVar("visit", default=None)
"""The visit in whose course this happens; None: nothing that comes through the web server."""


@contextmanager
def in_course_of(visit: Visit, *, private: frozenset[str]) -> Iterator[None]:
    """Do something for who is behind a visit, and read as they may: what is inside, and what it starts.

    Args:
        visit: as it is now. What its reader may see is asked once, here.
        private: the kinds whose params not everybody may see.
    """
    before = present.set(visit)
    hides = hidden_kinds.set(frozenset() if visit.sees_private else private)
    try:
        yield
    finally:
        hidden_kinds.reset(hides)
        present.reset(before)


def present_actor(via: str) -> Actor:
    """Return who asks for what happens now."""
    visit = present.get()
    return local(via) if visit is None else visit.actor(via)


class Visits:
    """The visits of this process. Its methods read the database: in threads, several at once."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: WeakValueDictionary[tuple[bool, str], Visit] = WeakValueDictionary()
        self._kept: OrderedDict[tuple[bool, str], Visit] = OrderedDict()
        self._has_accounts: bool | None = None
        self._counted_at = float("-inf")
        self._counted_after = -1

    def has_accounts(self) -> bool:
        """Say whether there are accounts. While the database is away: whether there were.

        Raises:
            Unavailable: the database is away, and was so from the beginning.
        """
        if not self.is_counted:
            self._counted_after = change_number()
            try:
                self._has_accounts = accounts.has_any()
            except Unavailable:
                if self._has_accounts is None:
                    raise
            self._counted_at = time.monotonic()
        assert self._has_accounts is not None
        return self._has_accounts

    @property
    def is_counted(self) -> bool:
        """Whether `has_accounts` would not read."""
        return self._counted_after == change_number() and time.monotonic() - self._counted_at <= FRESH_SECONDS

    def of_session(self, secret: str) -> Visit:
        """Return the visit of a cookie, perhaps not looked up yet."""
        return self._visit(secret, is_token=False)

    def of_token(self, secret: str) -> Visit:
        """Return the visit of a token, perhaps not looked up yet."""
        return self._visit(secret, is_token=True)

    def is_fresh(self, visit: Visit) -> bool:
        """Say whether what is known of a visit needs no new look."""
        return visit.checked_after == change_number() and time.monotonic() - visit.checked_at <= FRESH_SECONDS

    def look_up(self, visit: Visit) -> None:
        """Find out who is behind a visit now. While the database is away: who was.

        Raises:
            Unavailable: the database is away, and nothing is known of the visit.
        """
        after = change_number()
        try:
            if visit.is_open:
                visit.is_open = not self.has_accounts()
            else:
                visit.identity = _find(visit)
        except Unavailable:
            if visit.is_over:
                raise
        visit.checked_at, visit.checked_after = time.monotonic(), after

    def _visit(self, secret: str, *, is_token: bool) -> Visit:
        key = (is_token, hash_of(secret))
        visit = self._known.get(key)
        if visit is None:
            visit = self._known[key] = Visit(key[1], is_token=is_token)
        self._kept[key] = visit
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return visit


def _find(visit: Visit) -> Identity | None:
    if not visit.is_token:
        signed_in = sessions.find(visit.secret_hash)
        if signed_in is None:
            return None
        rights = Rights(role=signed_in.role)
        return Identity(account=signed_in.name, rights=rights, session_id=signed_in.session_id)
    shown = tokens.find(visit.secret_hash)
    if shown is None:
        return None
    return Identity(account=shown.name, rights=Rights.of_token(shown.role, shown.scope), token_name=shown.token_name)
