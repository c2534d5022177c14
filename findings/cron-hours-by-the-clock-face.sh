#!/usr/bin/env bash
# arq, cron-converter and RQ: an hourly cron in a zone leaves an hour out in autumn; the first two have one instant twice in spring.
#
# Guess: given a time in Europe/Berlin, "at minute 30 of every hour" has 24 instants on an ordinary day, 25 on the day the clocks go back and 23 when they go forward, an
# hour apart all year. cron-converter's README has a chapter on summer time that asks for just such a start.
# Instead: they count on the clock's face. In autumn the second 02:30 is passed over, so two hours lie between two instants; of `*/15` all four of that hour are. In spring
# arq and cron-converter give both 02:30, which that day does not have, and 03:30: the same instant. RQ skips what comes twice.
# Hurts: an hourly import that leaves an hour out; a poller that runs twice at once, where nothing else tells the two apart.
# Source: they add to the parts of the local time (arq/cron.py, cron_converter/sub_modules/seeker.py); RQ does so on purpose, and says it in rq/cron.py alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "arq==0.28.0" "cron-converter==2.0.2" "rq==3.0.0"
TZ=Europe/Berlin "$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from zoneinfo import ZoneInfo

from arq.cron import next_cron
from cron_converter import Cron
from rq.cron import CronJob

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


def by_rq(start: datetime) -> list[datetime]:
    job = CronJob(queue_name="default", func=print, cron="30 * * * *")
    found = [start.astimezone(timezone.utc)]
    for _ in range(4):
        job.set_enqueue_time(found[-1])
        found.append(job.next_enqueue_time)
    return found[1:]


as_found = True
for name, ask in (("arq", by_arq), ("cron-converter", by_cron_converter), ("rq", by_rq)):
    print(name, version(name))
    known = {"autumn": [60, 120, 60], "spring": [60, 60, 60] if name == "rq" else [60, 0, 60]}
    for season, start in STARTS.items():
        instants = [one.astimezone(timezone.utc) for one in ask(start)]
        gaps = [round((later - earlier).total_seconds() / 60) for earlier, later in zip(instants, instants[1:])]
        print(f"  {season}: expected 60 minutes between any two; seen: {gaps}")
        as_found = as_found and gaps == known[season]
sys.exit(not as_found)
PYTHON
