"""Whether the database still has the shape that this process was made for: a newer version may change it any time."""

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.db.sql.engine import engine
from app.db.sql.unavailability import sentence
from app.errors import SettingsError, Unavailable

_STEP = text("SELECT version_num FROM alembic_version")
_ours: str | None = None


class OtherVersion(SettingsError):
    """The database was written by another version of Jobdeck."""

    title = "Another version"


def use(step: str) -> None:
    """Remember the step of the shape (`app.db.migrations`) that this process knows."""
    global _ours
    _ours = step


def read_step(connection: Connection) -> str | None:
    """Return the step that a database with tables has."""
    step: str | None = connection.scalar(_STEP)
    return step


def require_ours() -> None:
    """Do nothing where the database has the shape that this process knows, or where it knows none.

    Raises:
        OtherVersion: another version of Jobdeck has changed it; what this one writes may not fit any more.
        Unavailable: it cannot be read.
    """
    if _ours is None:
        return
    try:
        with engine().connect() as connection:
            present = read_step(connection)
    except DBAPIError as error:
        raise Unavailable(sentence(error)) from error
    if present != _ours:
        raise OtherVersion(
            f"Another version of Jobdeck has changed the database (revision {present}; this one knows {_ours}).",
            hint="Start that version here too; what waits and what ran goes on there.",
        )
