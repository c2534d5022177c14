"""The whole way from a folder to the files of its report."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from app.jobs.disk_usage.page import as_page
from app.jobs.disk_usage.report import Report
from app.jobs.disk_usage.usage import Usage
from app.queue import JobContext
from app.reports.words import counted
from app.tree import Tree


def write_report(ctx: JobContext, folder: Path, *, other_file_systems: bool) -> str:
    """Walk the folder, attach `report.html`, `report.csv` and `report.json`, and return the result in one line.

    Raises:
        JobError: there is no such folder.
        JobCancelled: the job is to stop.
    """
    tree = Tree(ctx, folder, other_file_systems=other_file_systems)
    usage = Usage()
    tree.walk(usage)
    assert usage.root is not None
    ctx.progress(100, 100, "Writing the report")
    disk = shutil.disk_usage(tree.root)
    report = Report(
        root=usage.root,
        biggest_folders=usage.biggest_folders,
        biggest_files=usage.biggest_files,
        more_names=usage.more_names,
        unreadable=tree.unreadable,
        elsewhere=tree.elsewhere,
        total_bytes=disk.total,
        free_bytes=disk.free,
        made_at=datetime.now(UTC).replace(microsecond=0),
    )
    if tree.unreadable.count:
        ctx.log(f"{counted(tree.unreadable.count, 'place')} could not be read; the report lists them", level="warning")
    ctx.attach("report.html", as_page(report).encode(), "text/html")
    ctx.attach("report.csv", report.as_csv(), "text/csv")
    ctx.attach("report.json", report.as_json(), "application/json")
    return report.sentence
