"""Which processes a command line asks for: all of them on this machine, or one role of several machines."""

import contextlib
import http.client
import logging
import os
import pkgutil
import socket
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.errors import SettingsError
from app.processes import database_mark
from app.processes.otlp import switch as otlp
from app.processes.supervision.child import Command, inherited_environment
from app.processes.supervision.instance import AlreadyRunning, Instance, Whereabouts
from app.processes.supervision.reload import JobFiles
from app.processes.supervision.supervisor import StartFailed, Supervisor
from app.processes.supervision.valkey import PrivateValkey, private_valkey
from app.processes.window.choice import has_display
from app.processes.window.window import Window, bring_up
from app.settings import Settings, variable
from app.settings.addresses import is_loopback
from app.settings.data_folder import prepare_data_dir, with_secret_key

#: How long a worker may take to end: the grace of its running jobs (10 s unless the kind says otherwise, 30 s at most),
#: then handing them back. It ends sooner by itself.
WORKER_GRACE_SECONDS = 38.0
#: How long the others may take. An idle stop has to be over within 5 s, and the web process is stopped before the rest.
GRACE_SECONDS = 3.0
_READY_SECONDS = 60.0
#: How many ports after the default one are tried.
_PORTS_TRIED = 100

#: Under which name this machine reaches what listens at all of its addresses.
_NEAREST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # nosec B104  # compared with

_MAIN = Path(__file__).parents[2] / "main.py"
_log = logging.getLogger(__name__)


def run_all(settings: Settings, *, opens_page: bool, shows_window: bool = False, reloads: bool = False) -> None:
    """Run everything on this machine until somebody stops it: the private server, workers, the scheduler and the page.

    Args:
        settings: as this process was told.
        opens_page: the page is opened in the default browser.
        shows_window: it is shown in a window (window.py), and in the default browser only where there can be none.
        reloads: a changed job file starts all but the private server again.

    Raises:
        AlreadyRunning: another instance uses the data folder. Its window is brought to the front (with `shows_window`
            that is all that was asked for, and nothing is raised), else its page is opened if `opens_page`.
        AppError: the start failed; everything that was started is stopped again.
    """
    prepare_data_dir(settings.data_dir)
    try:
        instance = Instance(settings.data_dir)
    except AlreadyRunning as error:
        if _bring_up(settings, error.running, opens_page=opens_page, shows_window=shows_window):
            return
        raise
    settings = with_secret_key(settings)
    settings = settings.model_copy(update={"port": _choose_port(settings)})
    with contextlib.ExitStack() as cleanup:
        supervisor = cleanup.enter_context(Supervisor())
        window = None
        if shows_window:
            open_browser = _open_page if opens_page else lambda _: False
            window = cleanup.enter_context(Window(supervisor, settings.data_dir, open_browser=open_browser))
        server, settings = _server_of(settings)
        commands = [_command("web", settings, tells=True), *_worker_commands(settings), _command("scheduler", settings)]
        template = supervisor.load(_template(settings), commands)  # on 2 cores, while the server starts
        _start_server(supervisor, server)
        if supervisor.is_stopping:
            return
        _tell_loss(settings)
        _make_database_apart(settings)
        supervisor.start(commands, template=template)
        page = _Page(settings)
        if supervisor.wait_until(page.is_ready, what="Jobdeck", timeout_seconds=_READY_SECONDS):
            supervisor.give_turns()
            cleanup.enter_context(_kept_mark(settings))
            here = _whereabouts(settings, url=page.url)
            instance.announce(here)
            _say_ready(page.url, settings, reloads=reloads)
            looks = [_reloader(supervisor, commands, settings)] if reloads else []
            if window is not None:
                looks.append(_window_keeper(window, instance, here))
            elif opens_page:
                _open_page(page.url)
            supervisor.run(each_second=looks)
    instance.release()


def run_temporary(settings: Settings) -> None:
    """Run the private server and one worker until SIGTERM, for a job that was started in a terminal.

    Raises:
        AlreadyRunning: an instance uses the data folder.
        AppError: the start failed.
    """
    instance = Instance(settings.data_dir)
    settings = with_secret_key(settings)
    with Supervisor() as supervisor:
        server, settings = _server_of(settings)
        _start_server(supervisor, server)
        if supervisor.is_stopping:
            return
        _tell_loss(settings)
        _make_database_apart(settings)
        supervisor.start([_command("worker", settings, number=1, tells=True)])
        instance.announce(_whereabouts(settings, is_temporary=True))
        with _kept_mark(settings):
            supervisor.run()
    instance.release()


def run_workers(settings: Settings) -> None:
    """Run `worker_processes` workers of a larger installation until somebody stops them."""
    with Supervisor() as supervisor:
        commands = _worker_commands(settings, first_tells=True)
        # One worker alone would share what was loaded with nobody but the template.
        template = supervisor.load(_template(settings), commands) if len(commands) > 1 else None
        supervisor.start(commands, template=template)
        supervisor.give_turns()
        supervisor.run()


def require_shared_services(settings: Settings, role: str) -> None:
    """Check that a process which runs alone knows where the others are, and say what cannot be checked from here.

    Makes the data folder: files of jobs go there.

    Raises:
        SettingsError: the database, Redis or the secret key is not given (the message names all that are missing), or
            the data folder cannot be used.
    """
    needed = ("database_url", "redis_url", "secret_key")
    missing = [variable(name) for name in needed if not settings.is_given(name)]
    if missing:
        raise SettingsError(
            f"The {role} alone needs {', '.join(missing)}.",
            hint="It shares them with the other machines. `python3 main.py` without a role runs everything here.",
        )
    prepare_data_dir(settings.data_dir)
    if settings.database_url.startswith("sqlite"):
        _log.warning("The database is a file of this machine; several machines need PostgreSQL (docs/operating.md).")
    _log.info(
        "Files are kept in %s: all machines need the same folder there (docs/operating.md).",
        settings.data_dir / "files",
    )


class _Page:
    """The page of this instance: where it is, and whether all behind it works."""

    def __init__(self, settings: Settings) -> None:
        host = _NEAREST.get(settings.host, settings.host)
        self._address = (host, settings.port)
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection(*self._address, timeout=1)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _reloader(supervisor: Supervisor, commands: Sequence[Command], settings: Settings) -> Callable[[], None]:
    """Give what looks for changed job files and starts again those that have loaded them."""
    job_files = JobFiles(settings.jobs)
    names = [command.name for command in commands]

    def look() -> None:
        if changed := job_files.changed():
            _log.info("%s changed: workers, scheduler and page start again.", ", ".join(changed))
            supervisor.restart(names)

    return look


def _window_keeper(window: Window, instance: Instance, here: Whereabouts) -> Callable[[], None]:
    """Give what looks after the window and writes down how often it was shown."""
    assert here.url is not None
    url, written = here.url, here.times_shown

    def look() -> None:
        nonlocal written
        window.look(url)
        if window.times_shown != written:
            written = window.times_shown
            instance.announce(replace(here, times_shown=written))

    look()
    return look


def _bring_up(settings: Settings, running: Whereabouts, *, opens_page: bool, shows_window: bool) -> bool:
    """Show what already runs, as far as it was asked for; return whether a window was asked for and brought up."""
    if (opens_page or shows_window) and bring_up(settings.data_dir, running):
        if shows_window:
            sys.stdout.write(f"Jobdeck already runs at {running.url} (process {running.pid}); here is its window.\n")
        return shows_window
    if opens_page and running.url:
        _open_page(running.url)
    return False


def _server_of(settings: Settings) -> tuple[PrivateValkey | None, Settings]:
    """Return the private server unless another one is given, and settings that say where Redis is."""
    if settings.redis_url is not None:
        return None, settings
    server = private_valkey(settings.data_dir)
    return server, settings.model_copy(update={"redis_url": server.url})


def _start_server(supervisor: Supervisor, server: PrivateValkey | None) -> None:
    if server is not None:
        supervisor.start([server.command()])
        supervisor.wait_until(server.is_ready, what="The private Valkey", timeout_seconds=10)


def _whereabouts(settings: Settings, *, url: str | None = None, is_temporary: bool = False) -> Whereabouts:
    return Whereabouts(
        pid=os.getpid(),
        url=url,
        redis_url=settings.redis_url,
        database_url=settings.database_url,
        jobs=tuple(settings.absolute_jobs),
        switched_on=tuple(sorted(settings.switched_on)),
        is_temporary=is_temporary,
    )


def _worker_commands(settings: Settings, *, first_tells: bool = False) -> Sequence[Command]:
    numbers = range(1, settings.worker_processes + 1)
    return [_command("worker", settings, number=number, tells=first_tells and number == 1) for number in numbers]


def _command(role: str, settings: Settings, *, number: int | None = None, tells: bool = False) -> Command:
    name = role if number is None else f"{role}-{number}"
    return Command(
        name=name,
        # All load the same job files on one machine: one of them says what is wrong with them.
        arguments=[sys.executable, str(_MAIN), role, *([] if tells else ["--quiet-jobs"]), "--supervised", name],
        environment=settings.environment(),
        grace_seconds=grace_seconds(role),
        # First nobody asks for anything new, then what runs is finished. The private server (0) outlives them all.
        stop_order=2 if role == "web" else 1,
        # The page can do with one worker; the others load their libraries when it is up. On 2 cores that is 1 s
        # earlier.
        is_urgent=number in (None, 1),
        prefixes_output=settings.log_format == "text",
    )


def grace_seconds(role: str) -> float:
    """Return how long a process may take to end: longer where it has telemetry to send."""
    usual = WORKER_GRACE_SECONDS if role == "worker" else GRACE_SECONDS
    return usual + otlp.stop_seconds(os.environ)


def _template(settings: Settings) -> Command:
    """Give that from which the children are forked."""
    return Command(
        name="template",
        arguments=[sys.executable, str(_MAIN), "template"],
        environment=settings.environment(),
        grace_seconds=GRACE_SECONDS,
        prefixes_output=settings.log_format == "text",
    )


def make_database(settings: Settings) -> None:
    """Make the database if it is not there yet. Later its shape is seen to by each process (main.py).

    Not by all of them here too: two that switch a new SQLite file to WAL at once get "database is locked", whatever the
    timeout. And not always here: loading the database's library would add 1 s to every start. On PostgreSQL it is done
    here: a server that cannot be used is then told once, and not by each process.

    Raises:
        Unavailable: the database cannot be made or reached.
    """
    file = settings.database_url.removeprefix("sqlite:///")
    if file == settings.database_url or not Path(file).exists():
        from app.db import migrations

        migrations.upgrade(settings.database_url)


def _make_database_apart(settings: Settings) -> None:
    """Make the database as `make_database` does, and ask whether the page may be served to other machines.

    In a child: this process lives long, and what that loads takes 35 MB.

    Raises:
        StartFailed: it cannot be made or reached, or there is no account.
    """
    file = settings.database_url.removeprefix("sqlite:///")
    if Path(file).exists() and is_loopback(settings.host):
        return
    made = subprocess.run(
        [sys.executable, str(_MAIN), "migrate"],
        env={**inherited_environment(), **settings.environment()},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if made.returncode:
        raise StartFailed(made.stderr.strip().splitlines()[-1] if made.stderr.strip() else "The database was not made.")


def _tell_loss(settings: Settings) -> None:
    """Say it where the database lacks what it had; the start goes on, for what it has can be used."""
    database = database_mark.database_of(settings.database_url)
    if database is not None and (sentence := database_mark.note_loss(database)):
        _log.warning("%s", sentence)


@contextlib.contextmanager
def _kept_mark(settings: Settings) -> Iterator[None]:
    """Raise the mark of an SQLite database now and then, from now on."""
    database = database_mark.database_of(settings.database_url)
    if database is None:
        yield
        return
    keeper = database_mark.keeper(database)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


def _choose_port(settings: Settings) -> int:
    if settings.is_given("port"):
        if not _is_free(settings.host, settings.port):
            raise StartFailed(
                f"Port {settings.port} is taken by another program.",
                hint="Give another one with --port, or none: then the next free one is used.",
            )
        return settings.port
    for port in range(settings.port, settings.port + _PORTS_TRIED):
        if _is_free(settings.host, port):
            return port
    raise StartFailed(f"The ports {settings.port} to {port} are all taken.", hint="Give a free one with --port.")


def _is_free(host: str, port: int) -> bool:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        # As the web server does: connections of the last run that linger in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
        return True


def _say_ready(url: str, settings: Settings, *, reloads: bool) -> None:
    own = sum(1 for _ in pkgutil.iter_modules([str(_MAIN.parent / "app" / "jobs")]))
    jobs = ", ".join([f"app/jobs ({own} files)", *settings.jobs])
    again = "loaded again by itself when one changes" if reloads else "a changed one is loaded at the next start"
    lines = (("Page", url), ("Data", settings.data_dir), ("Jobs", f"{jobs}; {again}"), ("Stop", "Ctrl-C"))
    sys.stdout.write("\nJobdeck is running.\n\n" + "".join(f"  {name:8}{value}\n" for name, value in lines) + "\n")
    sys.stdout.flush()


def _open_page(url: str) -> bool:
    """Open the page in the default browser; return whether there is one, and a display."""
    if not has_display() or os.environ.get("CI"):
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    # In a thread: a browser's launcher may take its time, and the supervisor must go on.
    threading.Thread(target=browser.open, args=(url,), name="browser", daemon=True).start()
    return True
