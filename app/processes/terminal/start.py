"""`python main.py start`: start a job, follow it, and end with a status that says how it ended."""

import asyncio
import difflib
import logging
import shlex
import sys
import time
from collections.abc import Sequence
from typing import Any

from app.actor import local
from app.db import JobSnapshot, State
from app.db.queries import jobs
from app.errors import AppError, InvalidInput, NotFound
from app.processes.supervision import instance
from app.processes.supervision.elsewhere import running_elsewhere
from app.processes.terminal.arguments import read_params, require_confirmed, store_uploads
from app.processes.terminal.follow import Follower, Rows, Source
from app.processes.terminal.place import Place, a_place, find_instance
from app.processes.terminal.screen import FAILED, Screen, complain, duration, result_text, write_no_more
from app.queue import registry
from app.queue.acts.starting import start
from app.queue.kinds.kind import Kind
from app.settings import Settings

SUCCEEDED, CANCELLED, LEFT = 0, 3, 130
"""The other exit statuses. LEFT is what shells give a program that Ctrl-C ended (128 + SIGINT)."""
_BY = local("terminal")
_RESTART_SECONDS = 30.0
"""How long a job whose instance was stopped is waited for."""


def run(settings: Settings, kind_name: str, given: Sequence[str], *, waits: bool, is_confirmed: bool) -> int:
    """Start a job of a kind with `name=value`s and follow it if `waits`; without `is_confirmed` a kind may ask first.

    Returns the exit status.
    """
    if not settings.is_given("log_level"):
        logging.getLogger().setLevel(logging.CRITICAL)  # what goes wrong is said in sentences here
    try:
        kind = _find_kind(settings, kind_name)
        params = read_params(kind, given)
        if not is_confirmed:
            require_confirmed(kind, params)
        return _run(settings, kind, params, waits=waits)
    except AppError as error:
        return complain(error)
    except KeyboardInterrupt:
        return LEFT
    except BrokenPipeError:
        write_no_more()  # the job goes on
        return LEFT


def _run(settings: Settings, kind: Kind[Any, Any], params: dict[str, Any], *, waits: bool) -> int:
    _tell_of_others(settings)
    screen = Screen(sys.stdout)
    job: JobSnapshot | None = None
    while True:
        with a_place(settings, starts=waits) as place:
            if job is None:
                limit = settings.max_upload_mb * 1024**2
                job = start(kind, store_uploads(params, max_bytes=limit, by=_BY), by=_BY)
                if not waits:
                    return _say_id(job, place)
                where = f" {place.url}/jobs/{job.id}" if place.url else ""
                screen.say(f"{job.title}, job #{job.id}{where}", "note")
            assert place.settings.redis_url is not None
            rows = Rows(redis_url=place.settings.redis_url, is_gone=place.is_gone)
            follower = Follower(job, screen, rows)
            try:
                job = asyncio.run(follower.run())
            finally:
                screen.clear()
            if follower.is_left:
                place.is_left.set()
            if job.state.is_finished:
                return say_outcome(job, rows, screen, url=place.url)
        if follower.is_left:
            return _say_left(job, place, rows, screen)
        if not _comes_back(job, place, settings):
            return FAILED


def _tell_of_others(settings: Settings) -> None:
    """Where nothing runs on the data folder, and nobody chose it, say what runs on another one."""
    if settings.is_given("data_dir") or settings.is_given("database_url") or instance.find(settings.data_dir):
        return
    for folder, running in running_elsewhere(settings.data_dir).items():
        _remark(
            f"Nothing runs on {settings.data_dir}, where this job is kept. Jobdeck runs at {running.url} on another "
            f"data folder; to start jobs there, add --data-dir {shlex.quote(str(folder))}."
        )


def _find_kind(settings: Settings, name: str) -> Kind[Any, Any]:
    running = find_instance(settings)
    own = tuple(settings.absolute_jobs)
    switched_on = settings.switched_on if running is None else frozenset(running.switched_on)
    sources = dict.fromkeys([*(running.jobs if running else ()), *own])
    registry.load(list(sources), switched_on=switched_on)
    kind = registry.kinds.get(name)
    for one in registry.broken:  # before anything else: it is mostly why
        if kind is None or one.source in own:
            _remark(f"{one.source} was not loaded: {one.error}")
    if kind is None:
        near = difflib.get_close_matches(name, registry.kinds, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(kind.name for kind in registry.listed)}."
        raise NotFound(f"There is no kind named {name!r}.", hint=hint)
    foreign = [one for one in own if running is not None and one not in running.jobs]
    if running is not None and foreign and not _is_known(kind, (*running.jobs, "app/jobs")):
        raise InvalidInput(
            f"{kind.name} is from {', '.join(foreign)}, which the Jobdeck that runs (process {running.pid}) was not "
            "started with.",
            hint="Start it again with the same --jobs, or use another --data-dir.",
        )
    registry.require_on(kind)
    return kind


def _is_known(kind: Kind[Any, Any], sources: Sequence[str]) -> bool:
    file = kind.function.__code__.co_filename
    return kind.function.__module__.startswith("app.jobs") or any(
        file == one or kind.function.__module__ == one for one in sources
    )


def _say_id(job: JobSnapshot, place: Place) -> int:
    sys.stdout.write(f"{job.id}\n")
    if not place.runs_jobs:
        _remark(f"Nothing runs on {place.settings.data_dir}: job #{job.id} is stored and waits for the next start.")
    return SUCCEEDED


def say_outcome(job: JobSnapshot, source: Source, screen: Screen, *, url: str | None) -> int:
    """Say how a finished job ended, with its files, whose page is at `url`. Returns the exit status."""
    ran = "" if job.run_seconds is None else f" after {_time(job.run_seconds)}"
    match job.state:
        case State.SUCCEEDED:
            screen.say(f"Job #{job.id} succeeded{ran}.", "success")
            if job.result is not None:
                screen.say(result_text(job.result))
            _say_files(job, source, screen, url)
            return SUCCEEDED
        case State.CANCELLED:
            screen.say(f"Job #{job.id} was cancelled{ran}.", "warning")
            return CANCELLED
        case _:
            _say_files(job, source, screen, url)
            _say_failure(job, source, ran)
            return FAILED


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)


def _say_files(job: JobSnapshot, source: Source, screen: Screen, url: str | None) -> None:
    for one in source.files(job.id):
        where = f"{url}{one.links['self']}" if url else "kept with the job"
        screen.say(f"{one.name} ({one.size_bytes:,} bytes): {where}", "note")


def _say_failure(job: JobSnapshot, source: Source, ran: str) -> None:
    screen = Screen(sys.stderr)
    attempts = source.attempts(job.id)
    if attempts and attempts[-1].traceback:
        screen.say(attempts[-1].traceback, "note")
    tries = f" in attempt {job.attempt} of {job.max_attempts}" if job.attempt > 1 else ""
    why = f": {job.error.message}" if job.error else "."
    screen.say(f"Job #{job.id} failed{tries}{ran}{why}", "error")


def _say_left(job: JobSnapshot, place: Place, rows: Rows, screen: Screen) -> int:
    if not place.is_ours:
        _remark(f"Job #{job.id} is left: it was asked to stop, and goes on until it does.")
        return LEFT
    job = jobs.get_job(job.id)  # its worker has ended with this command
    if job.state.is_finished:
        return say_outcome(job, rows, screen, url=place.url)
    _remark(f"Job #{job.id} is left: it was asked to stop, and its worker was stopped with this command.")
    return LEFT


def _comes_back(job: JobSnapshot, place: Place, settings: Settings) -> bool:
    """Wait for the next instance where a person stopped theirs; replace one that a terminal had started at once."""
    if place.whereabouts is not None and place.whereabouts.is_temporary:
        return True
    _remark(f"Jobdeck was stopped; job #{job.id} waits for its next start.")
    deadline = time.monotonic() + _RESTART_SECONDS
    while instance.find(settings.data_dir) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _remark(text: str) -> None:
    sys.stderr.write(f"{text}\n")
