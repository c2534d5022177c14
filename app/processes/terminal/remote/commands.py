"""`start`, `jobs`, `schedule` and `mcp` with `--server`."""

import argparse
import asyncio
import logging
import sys
from urllib.parse import urljoin

from tzlocal import get_localzone_name

from app.client import AsyncJobdeck, Jobdeck, JobdeckError
from app.db import JobSnapshot
from app.db.queries.counts import Count
from app.errors import AppError, InvalidInput
from app.processes.terminal import jobs as found_jobs
from app.processes.terminal.follow import Follower
from app.processes.terminal.remote.arguments import read_params
from app.processes.terminal.remote.rows import RemoteRows, snapshot, told
from app.processes.terminal.remote.schedules import work_on_schedules
from app.processes.terminal.screen import Screen, complain, exit_status, write_no_more
from app.processes.terminal.start import LEFT, SUCCEEDED, say_outcome
from app.settings import Settings

_PAGE = 200


def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Do on the server what was asked for. Returns the exit status: those of the command on its own machine."""
    if not settings.is_given("log_level"):
        logging.getLogger().setLevel(logging.CRITICAL)  # what goes wrong is said in sentences here
    token = settings.token.get_secret_value() if settings.token else None
    try:
        with Jobdeck(_address(asked.server), token) as deck:
            match asked.command:
                case "start":
                    return _start(deck, AsyncJobdeck(asked.server, token), asked)
                case "jobs":
                    return _jobs(deck, asked)
                case "mcp":
                    return _serve_agent(deck, asked.server, token)
                case _:
                    return work_on_schedules(deck, asked)
    except JobdeckError as error:
        complain(told(error))
        return exit_status(error.status)
    except AppError as error:
        return complain(error)
    except KeyboardInterrupt:
        return LEFT
    except BrokenPipeError:
        write_no_more()  # the job goes on
        return LEFT


def _serve_agent(deck: Jobdeck, url: str, token: str | None) -> int:
    deck.request("GET", "/me")  # what is wrong with the address or the token is said before an agent asks anything
    from app.processes.terminal.remote import agents  # the package `mcp`, 20 MB that no other command needs

    return agents.serve(url, token)


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise InvalidInput(f"--server {url}: an address begins with http:// or https://.")
    return url


def _start(deck: Jobdeck, followed: AsyncJobdeck, asked: argparse.Namespace) -> int:
    params = read_params(deck, deck.kind(asked.kind).schema_, asked.values)
    job = snapshot(deck.start(asked.kind, params, options={"confirmed": True} if asked.yes else None))
    if asked.no_wait:
        sys.stdout.write(f"{job.id}\n")
        return SUCCEEDED
    screen = Screen(sys.stdout)
    url = asked.server.rstrip("/")
    screen.say(f"{job.title}, job #{job.id} {url}/jobs/{job.id}", "note")
    rows = RemoteRows(deck, followed)
    follower = Follower(job, screen, rows)
    try:
        job = asyncio.run(follower.run())
    finally:
        screen.clear()
    if job.state.is_finished:
        return say_outcome(job, rows, screen, url=urljoin(url, "/").rstrip("/"))
    sys.stderr.write(f"Job #{job.id} is left: it was asked to stop, and goes on until it does.\n")
    return LEFT


def _jobs(deck: Jobdeck, asked: argparse.Namespace) -> int:
    if not 1 <= asked.limit <= found_jobs.MOST:
        raise InvalidInput(f"--limit is a number from 1 to {found_jobs.MOST:,}.")
    found: list[JobSnapshot] = []
    after: dict[str, str] = {}
    zone = get_localzone_name() or "UTC"
    while True:
        limit = min(_PAGE, asked.limit - len(found))
        page = deck.request("GET", "/jobs", q=asked.query.strip(), timezone=zone, limit=limit, **after)
        found += [JobSnapshot.model_validate(one) for one in page["items"]]
        if page["next"] is None or len(found) >= asked.limit:
            break
        after = {"after": page["next"]}
    count = Count(count=page["count"], is_exact=page["count_is_exact"])
    found_jobs.show(found, page["next"], count, as_json=asked.json)
    return found_jobs.FOUND
