"""How a job sets Python's `logging` up: the next job does not meet it."""

import logging
import logging.config
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from app.db import JobSnapshot
from app.db.queries import details, jobs
from app.queue import JobContext, job
from app.queue.execution import process_settings
from app.queue.kinds.neighbours import own_name
from tests.waiting import until

RunWorker = Callable[..., object]


def finished(started: JobSnapshot) -> JobSnapshot:
    """Wait until the job is finished."""

    def ended() -> JobSnapshot | None:
        found = jobs.get_job(started.id)
        return found if found is not None and found.state.is_finished else None

    return until(ended)


def capture() -> logging.Handler:
    """Return the handler that copies what jobs say into their logs."""
    return logging.getLogger().handlers[-1]


def configure_from_a_dictionary() -> None:
    """Set logging up as a script of its own would: what is there is disabled."""
    logging.config.dictConfig({"version": 1, "root": {"level": "CRITICAL"}})


def configure_from_a_file() -> None:
    """Set logging up as Alembic does."""
    path = Path(tempfile.mkdtemp()) / "logging.ini"
    path.write_text(
        "[loggers]\nkeys=root\n[handlers]\nkeys=\n[formatters]\nkeys=\n[logger_root]\nlevel=ERROR\nhandlers=\n"
    )
    logging.config.fileConfig(path)


SILENCES: dict[str, Callable[[], object]] = {
    "level of the root": lambda: logging.getLogger().setLevel(logging.CRITICAL),
    "root disabled": lambda: setattr(logging.getLogger(), "disabled", True),
    "all disabled": lambda: logging.disable(logging.CRITICAL),
    "one disabled": lambda: setattr(logging.getLogger("late"), "disabled", True),
    "dictConfig": configure_from_a_dictionary,
    "fileConfig": configure_from_a_file,
    "basicConfig": lambda: logging.basicConfig(force=True, level=logging.CRITICAL),
    "handlers of the root": lambda: logging.getLogger().handlers.clear(),
    "filter": lambda: logging.getLogger("late").addFilter(lambda _: False),
    "propagation": lambda: setattr(logging.getLogger("late"), "propagate", False),
    "level of a handler": lambda: setattr(capture(), "level", logging.CRITICAL),
    "form of a handler": lambda: capture().setFormatter(logging.Formatter("", validate=False)),
    "filter of a handler": lambda: capture().addFilter(lambda _: False),
}


@pytest.mark.parametrize("how", SILENCES)
def test_a_job_that_sets_logging_up_silences_only_itself(run_worker: RunWorker, how: str) -> None:
    silence = SILENCES[how]
    logging.getLogger("late").setLevel(logging.NOTSET)  # it is known before the worker begins, as libraries are

    @job(max_retries=0)
    def set_up(ctx: JobContext) -> None:
        """Set logging up."""
        silence()
        time.sleep(2 * process_settings.QUICK_SECONDS)  # as jobs that do so work on; after no work less is looked at

    @job(max_retries=0)
    def speak(ctx: JobContext) -> None:
        """Say something through Python's logging."""
        logging.getLogger("late").warning("still here")

    run_worker(threads=1)
    finished(set_up.start())
    spoken = finished(speak.start())

    assert [line.text for line in details.list_log(spoken.id)] == ["still here"]
    assert not logging.getLogger("app.queue").disabled


@pytest.mark.parametrize("name", [None, "late", "of the job alone"])
def test_handlers_that_each_run_adds_do_not_add_up(run_worker: RunWorker, name: str | None) -> None:
    logging.getLogger("late")  # it is known before the worker begins
    written: list[str] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    @job(max_retries=0)
    def add_one(ctx: JobContext) -> None:
        """Add a handler each time, as a script does that is only meant to run once."""
        logging.getLogger(name).addHandler(Noting())
        logging.getLogger(name or "late").warning("once")
        time.sleep(2 * process_settings.QUICK_SECONDS)

    run_worker(threads=1)
    for _ in range(3):
        finished(add_one.start())

    assert written == ["once"] * 3


@pytest.mark.parametrize("library", ["fresh_library", own_name(Path("/jobs/helper.py"))])
def test_what_a_library_sets_up_as_it_is_loaded_stays(
    run_worker: RunWorker, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    @job(max_retries=0)
    def load(ctx: JobContext) -> list[int]:
        """Load a library that sets its own logger up, once."""
        if library not in sys.modules:
            monkeypatch.setitem(sys.modules, library, ModuleType(library))
            logging.getLogger(f"{library}.parts").setLevel(logging.ERROR)
            logging.getLogger(f"{library}.parts").addHandler(logging.StreamHandler())
            time.sleep(2 * process_settings.QUICK_SECONDS)
        logger = logging.getLogger(f"{library}.parts")
        return [logger.level, len(logger.handlers)]

    run_worker(threads=1)

    assert [finished(load.start()).result for _ in range(2)] == [[logging.ERROR, 1]] * 2
