"""Why the database did not do what was asked, in a sentence for people. Nothing here touches a connection."""

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

AWAY = "The database cannot be reached just now."
TOO_LONG = "The database took too long to answer."
_BUSY = "The database is busy: another program holds its lock."
_CROWDED = "The database is busy: all of its connections are taken."
_DAMAGED_FILE = "The database file is damaged. Restore it from a backup, or move it away to begin with an empty one."
_EMPTY = "The database has no tables yet, or was emptied. Restart Jobdeck to set it up."
_FULL = "The disk under the database is full."
_READ_ONLY = "The database cannot be written: its file or folder is read-only."
_STANDBY = "The database cannot be written: the server is read-only, as a standby is."

#: By PostgreSQL's code, whole or its class (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_BY_CODE = {
    "08": AWAY,
    "25006": _STANDBY,
    "25P03": "The database ended a transaction that stood still for too long.",
    "25P04": "The database ended a transaction that took too long.",
    "28": "The database does not let Jobdeck in: user name or password are wrong.",
    "3D": "The database server has no database of this name.",
    "3F000": _EMPTY,
    "40": "The database is busy: two writes waited for each other, and one was undone.",
    "42501": "The database does not allow this to Jobdeck's user.",
    "42P01": _EMPTY,
    "53100": _FULL,
    "53200": "The database server has no memory left.",
    "53300": _CROWDED,
    "53": _CROWDED,
    "55P03": _BUSY,
    "57014": TOO_LONG,
    "57P03": "The database server is starting or stopping.",
    "57": "The database server was stopped, or ended the connection.",
    "58": "The database server cannot read or write its files.",
    "XX001": "The database is damaged. Restore it from a backup.",
    "XX002": "The database is damaged: an index has to be made anew (REINDEX).",
}
#: By words, for SQLite and for connections that PostgreSQL never let come about: those bring no code. The first counts.
_BY_WORDS = (
    (("locked",), _BUSY),
    (("interrupted",), TOO_LONG),
    (("starting up", "shutting down", "recovery mode"), _BY_CODE["57P03"]),
    (("too many clients", "too many connections", "connection slots", "queuepool limit"), _CROWDED),
    (("password", "authentication", "pg_hba", "no password"), _BY_CODE["28"]),
    (("resolve", "translate host name"), "The name of the database server is not known to this machine."),
    (("timeout expired", "connection timeout"), "The database server does not answer."),
    (("refused", "no such file or directory", "is the server running"), "The database server does not run there."),
    (("malformed", "not a database"), _DAMAGED_FILE),
    (("readonly", "read-only"), _READ_ONLY),
    (("disk is full", "no space left"), _FULL),
    (("disk i/o error",), "The database file cannot be read or written; perhaps its disk is full."),
    (("no such table",), _EMPTY),
    (("does not exist",), "The database server has no database, or no user, of this name."),
)


def is_unavailability(error: DBAPIError | PoolTimeout) -> bool:
    """Say whether the database is the cause, not what it was asked: the same may work later, or elsewhere."""
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return True
    # Drivers raise the bare base class for a damaged file, SQLAlchemy marks a connection that broke.
    return error.connection_invalidated or type(error) is DatabaseError or _by_code(error) is not None


def sentence(error: DBAPIError | PoolTimeout) -> str:
    """Say what is the matter; no address, no password, nothing of what was asked."""
    if (by_code := _by_code(error)) is not None:
        return by_code
    cause = str(getattr(error, "orig", error)).lower()
    return next((said for words, said in _BY_WORDS if any(word in cause for word in words)), AWAY)


def was_undone(error: DBAPIError | PoolTimeout) -> bool:
    """Say whether a transaction was undone because it and another were in each other's way."""
    return (_code(error) or "").startswith("40")


def _by_code(error: Exception) -> str | None:
    code = _code(error)
    return None if code is None else _BY_CODE.get(code) or _BY_CODE.get(code[:2])


def _code(error: Exception) -> str | None:
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return code if isinstance(code, str) else None
