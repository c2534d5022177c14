"""The steps from any released shape of the database to the present one (Alembic; one file a step in `versions/`)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from app.db.engine import connect
from app.errors import Unavailable

_FOLDER = Path(__file__).parent


def upgrade(database_url: str) -> None:
    """Bring the database to the newest shape; makes it where there is none. Safe to repeat. Connects this process to
    it.

    Raises:
        Unavailable: the database cannot be reached, or is newer than this program.
    """
    engine = connect(database_url)
    try:
        with engine.execution_options(writes=True).begin() as connection:
            config = _config()
            present = MigrationContext.configure(connection).get_current_revision()
            known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            if present is not None and present not in known:
                raise Unavailable(
                    f"The database was written by a newer Jobdeck (revision {present}).",
                    hint="Start the newer Jobdeck, or name another data folder with --data-dir.",
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise Unavailable(f"The database cannot be set up: {error.orig}.") from error


def is_current(database_url: str) -> bool:
    """Say whether the database has the newest shape. Connects this process to it."""
    engine = connect(database_url)
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
