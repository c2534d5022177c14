"""What every process does first: connect to the database, the files, the secrets and Redis, and load the kinds."""

import importlib

from sqlalchemy.orm import configure_mappers

from app.db import files
from app.db.sql import engine
from app.outward import mail
from app.queue import registry
from app.queue.params import path_roots, sealing
from app.queue.transport import sender
from app.settings import Settings

_OF_KINDS = (
    "app.auth.accounts",
    "app.db.queries.activity",
    "app.db.queries.details",
    "app.db.queries.storage.pruning",
    "app.db.queries.flows",
    "app.db.retention.rules",
    "app.outward.mail",
    "app.queue.acts.bulk",
    "app.queue.acts.follow_up.failures",
    "app.queue.acts.schedules.backfilling",
    "app.reports",
    "app.tree",
)
"""What the kinds of `app/jobs/` load of Jobdeck."""


def connect(settings: Settings) -> None:
    """Point this process at what all processes share. Opens no connection yet; safe to repeat.

    Args:
        settings: as this process was told. Without a secret key nothing can be sealed or opened.
    """
    engine.connect(settings.database_url)
    files.use_folder(settings.data_dir / "files")
    files.protect(settings.data_dir, settings.database_url)
    path_roots.use_roots(settings.path_roots)
    if settings.secret_key is not None:
        sealing.use_key(settings.secret_key.get_secret_value())
    sender.connect(settings.redis_url)
    mail.use_server(settings.smtp_url)


def connect_with_kinds(settings: Settings) -> None:
    """Do as `connect`, and load every kind that can be started.

    Args:
        settings: as this process was told, with the address of Redis and the secret key.
    """
    assert settings.redis_url is not None
    assert settings.secret_key is not None
    connect(settings)
    registry.load(settings.jobs, switched_on=settings.switched_on)


def connect_ahead(settings: Settings) -> None:
    """Do what takes time and memory and opens nothing, for processes that are forked from this one.

    It loads the driver of the database, what the kinds that come with Jobdeck need, and what SQLAlchemy finds out when
    it is first asked. Kinds are loaded by each process: what a job file does when it is imported is never shared.
    """
    for name in _OF_KINDS:
        importlib.import_module(name)
    configure_mappers()
    connect(settings)
