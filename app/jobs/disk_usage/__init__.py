"""What takes the room in a folder.

`usage.py` measures while `app.tree` walks, `treemap.py` divides a rectangle, `page.py` writes down what was found.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.queue import JobContext, job


@job(
    title="Disk usage",
    description="Find the biggest folders and files below a folder, as tables and as a map.",
    icon="donut_small",
    group="Files",
    max_retries=0,
    tags=("report",),
)
def disk_usage(
    ctx: JobContext,
    folder: Annotated[
        Path, Field(title="Folder", description="A folder on the worker's machine. Symbolic links are not followed.")
    ],
    other_file_systems: Annotated[
        bool,
        Field(title="Enter other file systems", description="Also count other disks mounted below the folder."),
    ] = False,
) -> str:
    """Find the biggest folders and files below a folder, as tables and as a map."""
    from app.jobs.disk_usage.writing import write_report  # only the worker needs it

    return write_report(ctx, folder, other_file_systems=other_file_systems)
