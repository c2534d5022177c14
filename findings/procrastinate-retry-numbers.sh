#!/usr/bin/env bash
# procrastinate: max_attempts=1 runs twice, max_attempts=0 runs for ever, and exponential_wait=60 has its third retry after two and a half days.
#
# Guess: max_attempts=1 is one run and 0 is none or no retry, as `retry=0` is; exponential_wait=60 begins with a minute and doubles.
# Instead: attempts are counted as retries, 0 is "no limit" (at once, without a pause), and the number is the base of the power: 60 s, 1 h, 60 h, 150 days.
# Hurts: a setting "how often: 0" that should switch retries off makes a failing job a tight loop; a job "tried six times" has not ended in a year.
# Source: RetryStrategy in procrastinate/retry.py: `if self.max_attempts and ...`, and exponential_wait ** (attempts + 1), which its docs name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "procrastinate==3.10.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime
from importlib.metadata import version

from procrastinate import RetryStrategy
from procrastinate.jobs import Job


def waits(strategy):
    """Seconds before each of the first four retries, as the worker asks for them."""
    seen = []
    for attempts in range(4):
        job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name="t", attempts=attempts)
        decision = strategy.get_retry_decision(exception=ValueError(), job=job)
        if decision is None:
            break
        seen.append(round((decision.retry_at - datetime.now(UTC)).total_seconds() / 10) * 10)
    return seen


seen = [waits(RetryStrategy(max_attempts=1)), waits(RetryStrategy(max_attempts=0)), waits(RetryStrategy(exponential_wait=60))]
print("procrastinate", version("procrastinate"))
print("expected: [[], [], [60, 120, 240, 480]] seconds before the first four retries")
print(f"seen:     {seen}")
sys.exit(seen != [[0], [0, 0, 0, 0], [60, 3600, 216_000, 12_960_000]])
PYTHON
