"""Files that are the same, byte by byte. Nothing is deleted.

`candidates.py` keeps what `app.tree` meets and says which files may be equal, `hashing.py` reads them, `report.py` and
`page.py` write down what was found.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.queue import JobContext, job


@job(
    title="Find duplicates",
    description="Find identical files below a folder and say how much room the copies take. Nothing is deleted.",
    icon="file_copy",
    group="Files",
    max_retries=0,
    tags=("report",),
)
def find_duplicates(
    ctx: JobContext,
    folder: Annotated[
        Path, Field(title="Folder", description="A folder on the worker's machine. Symbolic links are not followed.")
    ],
    min_size_bytes: Annotated[
        int, Field(title="Smallest size in bytes", description="0 compares empty files too.", ge=0)
    ] = 1,
    other_file_systems: Annotated[
        bool,
        Field(title="Enter other file systems", description="Also compare other disks mounted below the folder."),
    ] = False,
) -> str:
    """Find identical files below a folder and say how much room the copies take. Nothing is deleted."""
    from app.jobs.find_duplicates.writing import write_report  # only the worker needs it

    return write_report(ctx, folder, min_size_bytes=min_size_bytes, other_file_systems=other_file_systems)
