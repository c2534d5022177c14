"""The main job: profile every column of a data file.

`source.py` finds the file, `lines.py` says what is wrong with it, `staging.py` holds the engine and `loading.py`
fills it, `value_type.py`, `profile.py` and `distribution.py` measure a column, `report.py` and `page.py` write down
what was found.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.jobs.data_report.table.sample import SAMPLE
from app.queue import JobContext, UploadedFile, job


@job(
    title="Data report",
    description="Profile every column of a CSV, TSV, NDJSON or Parquet file.",
    icon="query_stats",
    group="Data",
    max_retries=1,
    tags=("report",),
)
def data_report(
    ctx: JobContext,
    path: Annotated[
        Path | None,
        Field(
            title="File",
            description="A CSV, TSV, NDJSON or Parquet file on the worker's machine. The sample comes with Jobdeck.",
        ),
    ] = SAMPLE,
    file: Annotated[
        UploadedFile | None, Field(title="Or upload one", description="An uploaded file is read instead of the path.")
    ] = None,
) -> str:
    """Profile every column of a data file: types, missing and distinct values, figures, charts."""
    from app.jobs.data_report.writing import write_report  # imports the engine, which only the worker needs

    return write_report(ctx, path, file)
