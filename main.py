"""The command line: which process to run. No argument runs all of them on this machine.

Nothing happens at import, and nothing is imported that the asked-for process does not need; no package before it is
known that this Python has any.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from app import VERSION, own_python

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.settings import Settings

ROLES = ("web", "worker", "scheduler")
_INNER = ("template", "temporary", "migrate", "isolated")
"""Commands that Jobdeck runs itself; people are not told of them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what `arguments` ask for. Return the exit status: 0 well, 1 failed, 2 bad settings or arguments."""
    from app.errors import AppError, SettingsError
    from app.settings import OPTIONS, load_settings, take_out_secrets

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed: what is said is heard by nobody
            setattr(sys, name, open(os.devnull, "w"))  # until the end
        elif isinstance(stream := getattr(sys, name), TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # whatever a path or a title has, and the terminal has not
    asked = _read(arguments)
    try:
        options = {name: getattr(asked, name, None) for name in OPTIONS}
        settings = load_settings(**options)
        take_out_secrets()
        return _run(asked, settings)
    except AppError as error:
        sys.stderr.write(" ".join(filter(None, (error.message, error.hint))) + "\n")
        return 2 if isinstance(error, SettingsError) else 1
    except OSError as error:
        logging.getLogger(__name__).debug("The system refused something", exc_info=True)
        what = f" {error.filename!r}" if error.filename else ""
        sys.stderr.write(
            f"Jobdeck cannot go on: {error.strerror or error}{what}. `python3 main.py doctor` says more.\n"
        )
        return 1
    except KeyboardInterrupt:  # before or after the time in which a process handles it
        return 130


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    given = sys.argv[1:] if arguments is None else arguments
    parser = _parser(has_inner=bool(given) and given[0] in _INNER)
    asked, rest = parser.parse_known_args(arguments)
    if asked.command in ("start", "schedule"):  # argparse takes `name=value` only before the first option
        asked.values = [*asked.values, *(one for one in rest if not one.startswith("-"))]
        rest = [one for one in rest if one.startswith("-")]
    if asked.command == "jobs":  # nor does it take `-state:failed` for anything but an option
        asked.query = " ".join([*asked.query, *(one for one in rest if ":" in one)])
        rest = [one for one in rest if ":" not in one]
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return asked


def _run(asked: argparse.Namespace, settings: Settings) -> int:
    from app.telemetry import logs

    name = getattr(asked, "supervised", None) or asked.command or "main"
    logs.configure(role=name, log_format=settings.log_format, log_level=settings.log_level)
    if asked.command == "doctor":
        from app.processes import doctor

        return doctor.run(settings)
    if asked.command in ("backup", "restore"):
        from app.processes import backup

        act = backup.back_up if asked.command == "backup" else backup.restore
        return act(settings, asked.file)
    if getattr(asked, "server", None):
        from app.processes.terminal import remote

        return remote.run(settings, asked)
    if asked.command == "start":
        from app.processes.terminal import start

        return start.run(settings, asked.kind, asked.values, waits=not asked.no_wait, is_confirmed=asked.yes)
    if asked.command == "jobs":
        from app.processes.terminal import jobs

        return jobs.run(settings, asked.query, limit=asked.limit, as_json=asked.json)
    if asked.command == "schedule":
        from app.processes.terminal import schedule

        return schedule.run(settings, asked)
    if asked.command in ("user", "token"):
        from app.processes.terminal import accounts

        return accounts.run(settings, asked)
    if asked.command == "secret":
        from app.processes.security import key_rotation

        return key_rotation.rotate(settings)
    if asked.command == "audit":
        from app.processes.security import audit

        return audit.verify(settings)
    if asked.command == "mcp":
        from app.processes import agents

        return agents.run(settings)
    if asked.command == "new":
        from app.processes.terminal import new_job

        return new_job.run(asked.name, folder=asked.to)
    if asked.command == "template":
        return _run(_read(_be_forked(settings)), settings)
    if asked.command == "temporary":
        from app.processes import launch
        from app.processes.supervision import lifeline

        lifeline.watch_parent()
        launch.run_temporary(settings)
        return 0
    if asked.command == "migrate":
        from app.processes import launch
        from app.processes.http import reach

        launch.make_database(settings)
        reach.require_account(settings)
        return 0
    if asked.command == "isolated":
        from app.processes import isolated

        return isolated.run(settings, pipe=asked.pipe)
    if asked.command in ROLES:
        return _run_role(asked, settings, name=name)
    from app.processes import launch

    launch.run_all(settings, opens_page=not asked.no_open, shows_window=asked.window, reloads=asked.reload)
    return 0


def _be_forked(settings: Settings) -> list[str]:
    """Load what workers, scheduler and page share. Returns in each process that is forked from this one: with what
    arguments it goes on.
    """
    from app.processes.blocked_imports import OBSERVER, hidden, uncollected
    from app.processes.supervision import forking

    with uncollected():
        with hidden(OBSERVER):
            import redis  # noqa: F401
        from app.processes import connections, scheduler, worker  # noqa: F401  # all that the three need

        connections.connect_ahead(settings)
    return forking.wait_to_be_forked()


def _run_role(asked: argparse.Namespace, settings: Settings, *, name: str) -> int:
    role, is_supervised = asked.command, asked.supervised is not None
    if asked.quiet_jobs:  # another process of this machine says what is wrong with the job files
        logging.getLogger("app.queue.kinds.registry").setLevel(logging.CRITICAL)
    if is_supervised:
        from app.processes.supervision import lifeline

        lifeline.wait_for_turn()
        lifeline.watch_parent()
    else:
        from app.processes import launch

        launch.require_shared_services(settings, role)
        if role == "worker":
            launch.run_workers(settings)
            return 0
    from app.processes.blocked_imports import OBSERVER, RELOADER, hidden, uncollected

    # Whoever comes first makes or mends the tables; the others wait for it and find them well.
    with uncollected():
        with hidden(OBSERVER):
            import redis  # noqa: F401
        from app.db import migrations
    migrations.upgrade(settings.database_url)
    if role == "web":
        from app.processes.http import reach

        reach.require_account(settings)
        with uncollected(), hidden(RELOADER):
            from app.processes import web

        return web.run(settings)
    if role == "worker":
        with uncollected():
            from app.processes import worker
        return worker.run(settings, name=name)
    with uncollected():
        from app.processes import scheduler
    return scheduler.run(settings)


def _parser(*, has_inner: bool = False) -> argparse.ArgumentParser:
    from app.processes.terminal import account_arguments, schedule_arguments
    from app.settings import OPTIONS

    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument(OPTIONS["data_dir"], dest="data_dir", metavar="FOLDER", help="where everything is kept")
    shared.add_argument(
        OPTIONS["jobs"],
        dest="jobs",
        action="append",
        metavar="FILE_OR_MODULE",
        help="more kinds of jobs; may be repeated",
    )
    elsewhere = argparse.ArgumentParser(add_help=False)
    elsewhere.add_argument("--server", metavar="URL", help="on another machine; JOBDECK_TOKEN says who asks")
    page = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    page.add_argument(OPTIONS["host"], dest="host", help="the address to listen on (127.0.0.1)")
    page.add_argument(OPTIONS["port"], dest="port", type=int, help="the port to listen on (8080, or the next free one)")
    workers = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    workers.add_argument(
        OPTIONS["worker_processes"], dest="worker_processes", type=int, metavar="N", help="workers (2)"
    )
    workers.add_argument(
        OPTIONS["worker_threads"], dest="worker_threads", type=int, metavar="N", help="threads of each (4)"
    )
    # How the supervisor names the child it starts, and tells it to watch its parent.
    role = argparse.ArgumentParser(add_help=False)
    role.add_argument("--supervised", metavar="NAME", help=argparse.SUPPRESS)
    role.add_argument("--quiet-jobs", action="store_true", help=argparse.SUPPRESS)

    parser = argparse.ArgumentParser(
        prog="main.py",
        description="Start, watch and understand background jobs. Without a command: everything on this machine.",
        epilog="Settings: environment variables JOBDECK_… or a file .env, see docs/settings.md. An option wins.",
        parents=[shared, page, workers],
    )
    parser.add_argument("--version", action="version", version=f"Jobdeck {VERSION}", help="say which version this is")
    parser.add_argument("--no-open", action="store_true", help="do not open the page in a browser")
    parser.add_argument(
        "--window", action="store_true", help="show the page in a window of its own; closing it ends Jobdeck"
    )
    parser.add_argument(
        "--reload", action="store_true", help="for development: start again by itself when a job file changes"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("web", parents=[shared, page, role], help="only the page and the API (several machines)")
    commands.add_parser("worker", parents=[shared, workers, role], help="only workers (several machines)")
    commands.add_parser("scheduler", parents=[shared, role], help="only the scheduler (several machines)")
    commands.add_parser("doctor", parents=[shared], help="check that everything is as it should be")
    for name, told in (
        ("backup", "write database, files and secret key to one archive; safe while Jobdeck runs (SQLite)"),
        ("restore", "put such an archive into a data folder without a database"),
    ):
        kept = commands.add_parser(name, parents=[shared], help=told)
        kept.add_argument("file", metavar="FILE", type=Path, help="the archive, a .tar")
    start = commands.add_parser(
        "start",
        parents=[shared, elsewhere],
        help="start a job and follow it",
        description="Start a job and follow it. Exit status: 0 succeeded, 1 failed, 2 bad input, 3 cancelled.",
        epilog="Secrets are asked for. Ctrl-C asks the job to stop; a second one leaves it.",
    )
    start.add_argument("kind", metavar="KIND", help="the name of what to start, as data_report")
    start.add_argument(
        "values",
        nargs="*",
        default=[],  # else argparse says that it is required
        metavar="name=value",
        help="a parameter: JSON if it parses, else text; name=@file reads it",
    )
    start.add_argument("--no-wait", action="store_true", help="print the job's id and do not follow it")
    start.add_argument("--yes", action="store_true", help="do not ask before a kind that wants to be confirmed")
    found = commands.add_parser(
        "jobs",
        parents=[shared, elsewhere],
        help="find jobs",
        description="Print the newest jobs that match a query, as: jobs 'state:failed kind:import_*'.",
        epilog="The query language is in docs/query-language.md. Exit status: 0, 1 database away, 2 bad query.",
    )
    found.add_argument("query", nargs="*", default=[], metavar="QUERY", help="which jobs; none: all")
    found.add_argument("--json", action="store_true", help="print what GET /api/v1/jobs answers")
    found.add_argument("--limit", type=int, default=25, metavar="N", help="at most so many (25)")
    commands.add_parser(
        "mcp",
        parents=[shared, elsewhere],
        help="be a server of the Model Context Protocol on standard input and output: every kind is a tool",
    )
    schedule_arguments.add_parser(commands, parents=[shared, elsewhere])
    account_arguments.add_parsers(commands, parents=[shared])
    audit = commands.add_parser("audit", parents=[shared], help="look whether the audit is as it was written")
    audit.add_argument("act", choices=["verify"], help="follow its chain of hashes; exit status 1 where it is broken")
    secret = commands.add_parser("secret", parents=[shared], help="make another secret key")
    secret.add_argument("act", choices=["rotate"], help="seal every secret with a new key; while nothing runs")
    new = commands.add_parser("new", help="write a job file with its test, to begin with")
    new.add_argument("name", metavar="NAME", help="the job's name: small letters, digits and underscores")
    new.add_argument("--to", metavar="FOLDER", help="where to (app/jobs/)")
    if has_inner:
        template = commands.add_parser("template")  # from what the start of everything forks the others
        template.add_argument("room", help="is written over with the arguments of what is forked")
        commands.add_parser("temporary")  # what `start` runs where nothing runs
        commands.add_parser("migrate")  # what the start of everything runs where there is no database yet
        isolated = commands.add_parser("isolated")  # what a worker runs for a job that needs a process of its own
        isolated.add_argument("pipe", type=int)
    return parser


if __name__ == "__main__":
    own_python.take(Path(__file__).resolve())
    sys.exit(main())
