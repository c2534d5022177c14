#!/usr/bin/env bash
# cronsim: where summer time is half an hour, expressions with a star miss instants, and the same expression as a list does not.
#
# Guess: cronsim follows Debian's cron to the minute (it does in zones with a whole hour), so `*` and `0-23` are the same hours everywhere.
# Instead: in Australia/Lord_Howe `30 * * * *` passes over 02:30 on the day the clock goes from 02:00 to 02:30, `30 0-23 * * *` does not; and
# `*/15 2 * * *` passes over 02:00 and 02:15 in autumn going forwards, but finds them with reverse=True.
# Hurts: "next run" and "last run due" of one schedule disagree, so a catch-up sees a miss that no preview has shown.
# Source: cronsim/cronsim.py (advance_hour and what follows it go by whole hours). The zone is the only one with half an hour today.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "cronsim==2.8" "tzdata==2026.6"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

ZONE = ZoneInfo("Australia/Lord_Howe")


def day(expression, begin, reverse=False):
    """The instants of one local day and a half, as UTC."""
    begin = begin.replace(tzinfo=ZONE)
    end = begin + timedelta(hours=36)
    at = CronSim(expression, end if reverse else begin, reverse=reverse)
    inside = takewhile(lambda one: begin.astimezone(UTC) < one.astimezone(UTC) < end.astimezone(UTC), at)
    return {one.astimezone(UTC) for one in inside}


spring, autumn = datetime(2027, 10, 2, 12, 5), datetime(2027, 4, 3, 12, 5)
lists = [one.astimezone(ZONE).strftime("%H:%M") for one in sorted(day("30 0-23 * * *", spring) - day("30 * * * *", spring))]
back = [one.astimezone(ZONE).strftime("%H:%M") for one in sorted(day("*/15 2 * * *", autumn, True) - day("*/15 2 * * *", autumn))]
print("cronsim", version("cronsim"))
print("expected: no instant that only the list or only the way back has")
print(f"seen:     only by the list {lists}, only backwards {back}")
sys.exit((lists, back) != (["02:30"], ["02:00", "02:15"]))
PYTHON
