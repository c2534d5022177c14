#!/usr/bin/env bash
# arq and cron-converter: an hourly cron in a zone leaves an hour out in autumn, and has one instant twice in spring.
#
# Guess: given a time in Europe/Berlin, "at minute 30 of every hour" has 24 instants on an ordinary day, 25 on the day the clocks go back and 23 when they go forward, an
# hour apart all year. cron-converter's README has a chapter on summer time that asks for just such a start.
# Instead: both count on the clock's face. In autumn the second 02:30 is passed over, so two hours lie between two instants. In spring 02:30, which that day does not
# have, and 03:30 are both given: the same instant.
# Hurts: an hourly import that leaves an hour out; a poller that runs twice at once, where nothing else tells the two apart.
# Source: both add to the parts of the local time and never ask for its offset again (arq/cron.py, cron_converter/sub_modules/seeker.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "arq==0.28.0" "cron-converter==2.0.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from zoneinfo import ZoneInfo

from arq.cron import next_cron
from cron_converter import Cron

BERLIN = ZoneInfo("Europe/Berlin")
STARTS = {"autumn": datetime(2026, 10, 25, 0, 45, tzinfo=BERLIN), "spring": datetime(2026, 3, 29, 0, 45, tzinfo=BERLIN)}


def by_arq(start: datetime) -> list[datetime]:
    found = [start]
    for _ in range(4):
        found.append(next_cron(found[-1], minute=30, second=0, microsecond=0))
    return found[1:]


def by_cron_converter(start: datetime) -> list[datetime]:
    schedule = Cron("30 * * * *").schedule(start)
    return [schedule.next() for _ in range(4)]


as_found = True
for name, ask in (("arq", by_arq), ("cron-converter", by_cron_converter)):
    print(name, version(name))
    for season, start in STARTS.items():
        instants = [one.astimezone(timezone.utc) for one in ask(start)]
        gaps = [round((later - earlier).total_seconds() / 60) for earlier, later in zip(instants, instants[1:])]
        print(f"  {season}: expected 60 minutes between any two; seen: {gaps}")
        as_found = as_found and gaps == {"autumn": [60, 120, 60], "spring": [60, 0, 60]}[season]
sys.exit(not as_found)
PYTHON
