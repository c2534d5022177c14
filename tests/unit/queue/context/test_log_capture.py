"""What a job says through Python's `logging` stands in its log, and nobody else's words do."""

import logging
import threading
from collections.abc import Iterator

import pytest

from app.queue.context.log_capture import capture_logging, captured_by
from tests.unit.queue.runs import run_of

LOGGER = logging.getLogger("an.author")


@pytest.fixture(autouse=True)
def _capturing() -> Iterator[None]:
    """Capture, and leave logging as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    end = capture_logging()
    root.setLevel(logging.INFO)
    yield
    end()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_what_the_thread_of_a_job_says_becomes_lines_of_its_log() -> None:
    run, inner = run_of(1), run_of(2)

    with captured_by(run):
        LOGGER.warning("row %d", 3)
        with captured_by(inner):
            LOGGER.info("inside")
        speaking = threading.Thread(target=lambda: LOGGER.error("from another thread"))
        speaking.start()
        speaking.join()
    LOGGER.error("after it")

    assert [(line.level, line.text) for line in run.log.take()] == [(30, "row 3")]
    assert [line.text for line in inner.log.take()] == ["inside"]


def test_a_job_that_sets_logging_up_anew_is_heard_by_the_next_run_too() -> None:
    first, second = run_of(1), run_of(2)

    with captured_by(first):
        logging.basicConfig(force=True, level=logging.INFO)
        logging.getLogger().handlers.clear()
    with captured_by(second):
        LOGGER.info("still here")

    assert [line.text for line in second.log.take()] == ["still here"]


def test_capturing_that_is_asked_for_twice_says_each_line_once_and_goes_on() -> None:
    run = run_of()
    end_inner = capture_logging()

    with captured_by(run):
        LOGGER.info("once")
        end_inner()
        LOGGER.info("and again")

    assert [line.text for line in run.log.take()] == ["once", "and again"]
