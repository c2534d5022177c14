"""Jobdeck's side: one report of the file that is the argument."""

import json
import sys
from pathlib import Path

from app.jobs.data_report import data_report
from app.jobs.data_report.writing import write_report  # noqa: F401  # loaded before the clock runs, as in a worker
from bench.beside.measuring import measured
from bench.real_files.ours import Noted


def work() -> tuple[int, int]:
    """Make the report."""
    ctx = Noted()
    data_report(ctx, Path(sys.argv[1]))
    report = json.loads(ctx.files["report.json"])
    return report["rows"], len(report["columns"])


if __name__ == "__main__":
    measured(work)
