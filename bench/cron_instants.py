"""Compare the calendar with a plain walk over every minute of some years in some zones. By hand: it takes minutes.

python -m bench.cron_instants [--years 10] [--from 2025] [--zones Europe/Berlin,Australia/Lord_Howe]
"""

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from app.queue.calendar.rule import Rule
from tests.unit.queue.calendar.plain_walk import EXPRESSIONS, ZONES, Walk


def main() -> int:
    """Compare all, print a line a zone. Returns 1 where they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--from", type=int, default=2025, dest="first")
    parser.add_argument("--zones", default=",".join(ZONES))
    given = parser.parse_args()
    begin, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (given.first, given.first + given.years))
    has_differed = False
    for name in given.zones.split(","):
        started, total, wrong = time.perf_counter(), 0, 0
        walk = Walk(ZoneInfo(name), begin, end)
        for expression in EXPRESSIONS:
            following = Rule(timezone=name, cron=(expression,)).coming(begin - timedelta(seconds=1))
            ours = set(takewhile(lambda at: at < end, following))
            expected = set(walk.instants(expression))
            total += len(expected)
            wrong += len(ours ^ expected)
        has_differed = has_differed or wrong > 0
        sys.stdout.write(f"{name:22} {total:9,} instants, {wrong} differ, {time.perf_counter() - started:.0f} s\n")
        sys.stdout.flush()
    return 1 if has_differed else 0


if __name__ == "__main__":
    sys.exit(main())
