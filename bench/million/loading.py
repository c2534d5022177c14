"""A told history into an empty database: many rows at once, the indexes after them."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice

import psycopg
from sqlalchemy import make_url

from app.db import migrations
from app.db.sql import engine
from app.db.text_index import keeping
from bench.million.rows import COLUMNS, LONG_LOG, Row, Rows, has_log, log_of
from bench.million.story import MICROS, Told, tell

AT_ONCE = 20_000
Writer = Callable[[str, Iterable[Row]], object]
_FILLED = ("job", "attempt", "transition", "log_line")


class NotEmpty(Exception):
    """The database has jobs already."""


def seed(url: str, jobs: int, *, seed: int) -> None:
    """Make the database where there is none, and fill it with so many jobs.

    Raises:
        NotEmpty: it has jobs.
        AppError: it cannot be reached or made.
    """
    migrations.upgrade(url)
    engine.disconnect()
    load = _into_sqlite if make_url(url).get_backend_name() == "sqlite" else _into_postgresql
    load(url, jobs, seed)


def index_texts(url: str) -> None:
    """Make the index of texts at once, which Jobdeck makes in the background.

    Raises:
        AppError: the database cannot be reached.
    """
    engine.connect(url)
    try:
        while keeping.step():
            pass
    finally:
        engine.disconnect()


def _into_sqlite(url: str, jobs: int, seed: int) -> None:
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as opened:
        _refuse_jobs(opened.execute("SELECT id FROM job LIMIT 1").fetchall())
        # What breaks off leaves a damaged file: it is new, and made again.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-256000", "temp_store=MEMORY"):
            opened.execute(f"PRAGMA {pragma}")
        indexes = opened.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (?, ?, ?, ?)",
            _FILLED,
        ).fetchall()
        opened.execute("BEGIN")
        for name, _ in indexes:
            opened.execute(f'DROP INDEX "{name}"')

        def write(table: str, rows: Iterable[Row]) -> None:
            columns = COLUMNS[table]
            marks = ", ".join("?" * len(columns))
            opened.executemany(f"INSERT INTO {table} ({', '.join(_quoted(columns))}) VALUES ({marks})", rows)

        _write_all(write, jobs, seed)
        for _, statement in indexes:
            opened.execute(statement)
        opened.execute("COMMIT")
        opened.execute("PRAGMA journal_mode=WAL")


def _into_postgresql(url: str, jobs: int, seed: int) -> None:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as opened:
        _refuse_jobs(opened.execute("SELECT id FROM job LIMIT 1").fetchall())
        keys = opened.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            [list(_FILLED)],
        ).fetchall()
        indexes = opened.execute(
            "SELECT quote_ident(indexname), indexdef FROM pg_indexes WHERE schemaname = current_schema() "
            "AND tablename = ANY(%s) AND indexname NOT IN (SELECT conname FROM pg_constraint)",
            [list(_FILLED)],
        ).fetchall()
        for table, name, _ in keys:
            _run(opened, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _ in indexes:
            _run(opened, f"DROP INDEX {name}")

        def write(table: str, rows: Iterable[Row]) -> None:
            with opened.cursor() as cursor:
                statement = f"COPY {table} ({', '.join(_quoted(COLUMNS[table]))}) FROM STDIN"
                with cursor.copy(statement.encode()) as copying:
                    for row in rows:
                        copying.write_row(row)

        _write_all(write, jobs, seed)
        for _, statement in indexes:
            _run(opened, statement)
        for table, name, definition in keys:
            _run(opened, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for table in ("job", "transition"):
            _run(opened, f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        _run(opened, "ANALYZE")


def _write_all(write: Writer, jobs: int, seed: int) -> None:
    """Write the rows of all tables, some thousand jobs at a time."""
    made = Rows()
    now = int(datetime.now(UTC).timestamp()) * MICROS
    newest: Told | None = None
    story = tell(jobs, seed=seed, now=now)
    while told := list(islice(story, AT_ONCE)):
        written = [made.of_job(one) for one in told]
        write("job", [job for job, _, _ in written])
        write("attempt", [row for _, rows, _ in written for row in rows])
        write("transition", [row for _, _, rows in written for row in rows])
        write("log_line", [row for one in told if has_log(one) for row in log_of(one)])
        newest = next((one for one in reversed(told) if one.tries and not has_log(one)), newest)
    if newest is not None:
        write("log_line", log_of(newest, lines=LONG_LOG))
    states, minutes = made.totals()
    write("state_count", states)
    write("minute_count", minutes)
    failures, groups = made.failures()
    write("failure", failures)
    write("failure_group", groups)


def _refuse_jobs(found: Sequence[object]) -> None:
    if found:
        raise NotEmpty("The database has jobs already. Name an empty folder or database.")


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def _run(opened: psycopg.Connection[tuple[object, ...]], statement: str) -> None:
    """Run a statement that is put together from names which the database itself quoted."""
    opened.execute(statement.encode())
