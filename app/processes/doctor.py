"""Is everything as it should be? One line for each part, with the mend where something is wrong.

It changes nothing: no database is made, no server is started. What is not running because nobody started Jobdeck is
`idle`, not wrong, so that a fresh clone and a stopped installation pass; what ought to run and does not is wrong.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import redis
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app.db import migrations
from app.db.queries import workers
from app.db.sql import engine, sessions
from app.db.text_index import keeping
from app.errors import AppError
from app.processes import database_mark
from app.processes.supervision import instance
from app.processes.supervision.instance import Whereabouts
from app.processes.supervision.valkey import OLDEST_VERSION, find_program
from app.reports.words import size
from app.settings import Settings

#: Below this much free space, a report or an upload soon fails.
_LOW_BYTES = 1024**3
_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found out about one part. `detail` names the mend when the verdict is `wrong`."""

    part: str
    verdict: Literal["ok", "idle", "wrong"]
    detail: str


def run(settings: Settings) -> int:
    """Write one line for each part to standard output. Return 1 if anything is wrong, else 0."""
    findings = list(examine(settings))
    for finding in findings:
        sys.stdout.write(f"{finding.verdict:<6} {finding.part:<11} {finding.detail}\n")
    return int(any(finding.verdict == "wrong" for finding in findings))


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at every part in turn."""
    running = instance.find(settings.data_dir)
    database = _database(settings, running)
    yield _whole(settings, database)
    shape = _migrations(settings, database)
    yield shape
    server = _connect_redis(settings, running)
    found = _redis(server)
    yield found
    has_tables = database.verdict == "ok" and shape.verdict == "ok"
    yield _workers(settings, running, has_tables=database.verdict == "ok" and shape.verdict != "idle")
    yield _scheduler(settings, running, has_tables=has_tables)
    yield _clock(server if found.verdict == "ok" else None, has_database=has_tables)
    yield _disk(settings.data_dir)


def _database(settings: Settings, running: Whereabouts | None) -> Finding:
    url = make_url(settings.database_url)
    shown = _without_password(url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        if running is None:
            return Finding(part="database", verdict="idle", detail=f"{shown} is made by the first start")
        return Finding(
            part="database", verdict="wrong", detail=f"{shown} is gone; stop Jobdeck and restore it from a copy"
        )
    try:
        engine.connect(settings.database_url)
        with sessions.session() as opened:
            if url.get_backend_name() == "postgresql":
                return _postgresql(opened, shown)
            opened.execute(text("SELECT 1"))
    except AppError as error:
        return Finding(part="database", verdict="wrong", detail=f"{shown}: {error.message} Check JOBDECK_DATABASE_URL")
    except DBAPIError as error:
        return Finding(part="database", verdict="wrong", detail=f"{shown}: {error.orig}; restore it from a copy")
    return Finding(part="database", verdict="ok", detail=shown)


def _whole(settings: Settings, database: Finding) -> Finding:
    """Look whether an SQLite database that can be used has all that it had; return what is to be said of it."""
    file = database_mark.database_of(settings.database_url)
    if file is not None and database.verdict != "wrong" and (loss := database_mark.find_loss(file)):
        return Finding(part="database", verdict="wrong", detail=loss)
    return database


def _postgresql(opened: Session, shown: str) -> Finding:
    """Look at what a server may be set to that does not go with Jobdeck."""
    version, encoding, is_read_only = (
        str(opened.scalar(text(f"SELECT current_setting('{name}')")))
        for name in ("server_version", "server_encoding", "transaction_read_only")
    )
    if encoding != "UTF8":
        detail = (
            f"{shown} keeps texts as {encoding}; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )
        return Finding(part="database", verdict="wrong", detail=detail)
    if is_read_only == "on":
        detail = f"{shown} is read-only; name the server that takes writes in JOBDECK_DATABASE_URL"
        return Finding(part="database", verdict="wrong", detail=detail)
    return Finding(part="database", verdict="ok", detail=f"{shown}, PostgreSQL {version.split()[0]}")


def _without_password(url: URL) -> str:
    secret = {name: "***" for name in url.query if "password" in name}
    return url.update_query_dict(secret).render_as_string(hide_password=True)


def _migrations(settings: Settings, database: Finding) -> Finding:
    if database.verdict != "ok":
        return Finding(part="migrations", verdict="idle", detail="not looked at without a database")
    try:
        step = migrations.step(settings.database_url)
    except AppError as error:
        return Finding(part="migrations", verdict="wrong", detail=error.message)
    if step == migrations.NEWEST:
        told = ["the database has the newest shape", keeping.remark()]
        return Finding(part="migrations", verdict="ok", detail="; ".join(filter(None, told)))
    if step is None and not settings.database_url.startswith("sqlite"):
        return Finding(part="migrations", verdict="idle", detail="the first start makes the tables")
    return Finding(
        part="migrations", verdict="wrong", detail="the database has another shape; stop Jobdeck, `make run`"
    )


def _connect_redis(settings: Settings, running: Whereabouts | None) -> "redis.Redis | None":
    url = settings.redis_url or (running.redis_url if running else None)
    if url is None:
        return None
    return redis.Redis.from_url(
        url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS, retry=None
    )


def _redis(server: "redis.Redis | None") -> Finding:
    if server is None:
        try:
            detail = f"not running; `make run` starts {find_program()}"
        except AppError as error:
            return Finding(part="Redis", verdict="wrong", detail=f"{error.message} {error.hint}")
        return Finding(part="Redis", verdict="idle", detail=detail)
    try:
        told = server.info("server")
    except redis.RedisError as error:
        detail = f"does not answer ({error}); start it, or mend JOBDECK_REDIS_URL"
        return Finding(part="Redis", verdict="wrong", detail=detail)
    version = str(told.get("valkey_version") or told["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        return Finding(
            part="Redis", verdict="wrong", detail=f"version {version} is too old; {oldest} or newer is needed"
        )
    return Finding(part="Redis", verdict="ok", detail=f"answers, version {version}")


def _workers(settings: Settings, running: Whereabouts | None, *, has_tables: bool) -> Finding:
    if not has_tables:
        return Finding(part="workers", verdict="idle", detail="not looked at without a database and its tables")
    try:
        alive = [worker for worker in workers.workers() if worker.is_alive]
    except AppError as error:
        return Finding(part="workers", verdict="wrong", detail=error.message)
    if alive:
        threads = sum(worker.threads for worker in alive)
        return Finding(part="workers", verdict="ok", detail=f"{len(alive)} alive with {threads} threads")
    if running is None and settings.redis_url is None:
        return Finding(part="workers", verdict="idle", detail="not running; `make run` starts them")
    return Finding(part="workers", verdict="wrong", detail="none is alive; start some with `python3 main.py worker`")


def _scheduler(settings: Settings, running: Whereabouts | None, *, has_tables: bool) -> Finding:
    if not has_tables:
        return Finding(part="scheduler", verdict="idle", detail="not looked at without a database and its tables")
    try:
        problem = workers.scheduler_problem()
    except AppError as error:
        return Finding(part="scheduler", verdict="wrong", detail=error.message)
    if problem is None:
        return Finding(part="scheduler", verdict="ok", detail="alive; its clock agrees with the database's")
    if running is None and settings.redis_url is None:
        return Finding(part="scheduler", verdict="idle", detail="not running; `make run` starts it")
    is_alive = any(one.is_alive for one in workers.schedulers())
    mend = "" if is_alive else " `python3 main.py scheduler` starts one"
    return Finding(part="scheduler", verdict="wrong", detail=f"{problem}{mend}")


def _clock(server: "redis.Redis | None", *, has_database: bool) -> Finding:
    if has_database:
        try:
            ahead = workers.clock_ahead_seconds()
        except AppError as error:
            return Finding(part="clock", verdict="wrong", detail=error.message)
        if problem := workers.clock_problem(ahead, "this machine"):
            return Finding(part="clock", verdict="wrong", detail=problem)
    if server is None:
        return Finding(part="clock", verdict="idle", detail="not compared without Redis")
    before = time.time()
    seconds, microseconds = server.time()
    ahead = (before + time.time()) / 2 - (seconds + microseconds / 1e6)
    if abs(ahead) > workers.CLOCK_SECONDS:
        detail = f"{ahead:+.1f} s against the machine of Redis; switch on NTP (`timedatectl set-ntp true`) on both"
        return Finding(part="clock", verdict="wrong", detail=detail)
    others = "the machines of the database and of Redis" if has_database else "the machine of Redis"
    return Finding(part="clock", verdict="ok", detail=f"agrees with {others}")


def _disk(data_dir: Path) -> Finding:
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding(part="disk", verdict="wrong", detail=f"{existing} cannot be written to; give another --data-dir")
    free = shutil.disk_usage(existing).free
    detail = f"{size(free)} free under {data_dir}"
    if free < _LOW_BYTES:
        return Finding(
            part="disk", verdict="wrong", detail=f"only {detail}; make room there, or give another --data-dir"
        )
    return Finding(part="disk", verdict="ok", detail=detail)
