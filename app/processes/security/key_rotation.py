"""`python main.py secret rotate`: another secret key, and every secret sealed with it.

The new key is written aside first, to the disk (`secret.key.next`), then the rows are sealed anew, then it takes the
old one's place by a rename. Whenever this is ended in between, both keys are there, and nothing starts on the data
folder (`with_secret_key`) until it was done again: every secret can be opened with one of the two.
"""

import sys

from app.actor import local
from app.db import migrations
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.migrations.resealing import Resealed, reseal_all
from app.db.queries import workers
from app.db.sql import engine
from app.errors import AppError
from app.processes.database_mark import database_of
from app.processes.supervision.instance import Instance
from app.queue.params import sealing
from app.settings import Settings
from app.settings.data_folder import KEY_FILE, NEXT_KEY_FILE, make_key, prepare_data_dir, read_key, sync_folder


class NotRotated(AppError):
    """The secret key was not changed."""

    title = "Not rotated"


def rotate(settings: Settings) -> int:
    """Make another secret key and seal every secret with it. Returns the exit status, 0.

    Raises:
        AlreadyRunning: Jobdeck runs on the data folder.
        NotRotated: workers of other machines run, or there is no key or no database yet.
        Unavailable: the database is away. Do it again.
    """
    prepare_data_dir(settings.data_dir)
    held = Instance(settings.data_dir)
    try:
        old = _old_key(settings)
        _require_database(settings)
        following = settings.data_dir / NEXT_KEY_FILE
        if not following.exists():
            make_key(following)
        new = read_key(following)
        found = reseal_all(lambda token: sealing.reseal(token, old=old, new=new))
        entries.note(Entry(act="rotate", target="setting:secret_key", by=local("terminal"), details=_told(found)))
        following.rename(settings.data_dir / KEY_FILE)
        sync_folder(settings.data_dir)
    finally:
        engine.disconnect()
        held.release()
    _say(settings, found)
    return 0


def _old_key(settings: Settings) -> str:
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    kept = settings.data_dir / KEY_FILE
    if not kept.exists():
        raise NotRotated(
            f"There is no secret key in {settings.data_dir}.", hint="Name the data folder with --data-dir."
        )
    return read_key(kept)


def _require_database(settings: Settings) -> None:
    """Connect to a database of this version on which nobody works.

    Raises:
        NotRotated: there is none, or somebody does.
    """
    file = database_of(settings.database_url)
    if (file is not None and not file.exists()) or migrations.step(settings.database_url) != migrations.NEWEST:
        raise NotRotated("The database is not one of this version.", hint="Start Jobdeck once, and stop it.")
    for one in (*workers.workers(), *workers.schedulers()):
        if one.is_alive:
            hint = "Stop Jobdeck on every machine, wait ten seconds, and do it again."
            raise NotRotated(f"{one.name} on {one.machine} runs, or did a moment ago.", hint=hint)


def _told(found: Resealed) -> dict[str, int]:
    return {"resealed": found.done, "left": found.left}


def _say(settings: Settings, found: Resealed) -> None:
    kept = settings.data_dir / KEY_FILE
    sys.stdout.write(f"{kept} is another key now; {found.done:,} secrets are sealed with it.\n")
    if found.left:
        sys.stdout.write(f"{found.left:,} could not be opened, before as now: they were sealed with an older key.\n")
    if settings.secret_key is not None:
        sys.stdout.write(f"JOBDECK_SECRET_KEY is the old one: set it on every machine to what is in {kept}.\n")
