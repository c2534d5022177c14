"""Log lines: one record, one line, in both formats."""

import json
import logging
import sys

from app.telemetry.logs import JsonLines, TextLines, correlation_id


def _record(message: str, *, with_error: bool = False) -> logging.LogRecord:
    error = None
    if with_error:
        try:
            raise ValueError("boom")
        except ValueError:
            error = sys.exc_info()
    return logging.LogRecord("app.queue.repair.sweep", logging.WARNING, __file__, 1, message, None, error)


def test_text_line_break_in_a_message_cannot_pass_for_another_record() -> None:
    line = TextLines().format(_record("first\n12:00:00.000 error   forged"))

    assert "\n" not in line
    assert line.endswith(r"warning app.queue.repair.sweep: first\n12:00:00.000 error   forged")


def test_text_traceback_follows_indented() -> None:
    first, *rest = TextLines().format(_record("it failed", with_error=True)).splitlines()

    assert first.endswith("it failed")
    assert rest
    assert all(line.startswith("    ") for line in rest)


def test_json_is_one_object_a_line_with_the_traceback_inside() -> None:
    line = JsonLines("worker-1").format(_record("first\nsecond", with_error=True))

    found = json.loads(line)
    assert "\n" not in line
    assert found["message"] == "first\nsecond"
    assert (found["level"], found["role"], found["logger"]) == ("warning", "worker-1", "app.queue.repair.sweep")
    assert found["traceback"].endswith("ValueError: boom")


def test_correlation_id_is_in_both_formats() -> None:
    token = correlation_id.set("job-42")
    try:
        assert "[job-42]" in TextLines().format(_record("x"))
        assert json.loads(JsonLines("web").format(_record("x")))["correlation_id"] == "job-42"
    finally:
        correlation_id.reset(token)
