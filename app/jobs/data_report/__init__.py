"""The main job: profile every column of a data file.

`table/` reads the file into the engine, `assumed.py` says what was assumed of it, `value_type.py`, `profile.py` and
`distribution.py` measure a column, `report.py` and `page.py` write down what was found.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.jobs.data_report.table.options import (
    Choice,
    Comment,
    Dates,
    Decimal,
    Delimiter,
    Encoding,
    Options,
    Quote,
    Values,
)
from app.jobs.data_report.table.sample import SAMPLE
from app.queue import JobContext, UploadedFile, job


@job(
    title="Data report",
    description="Profile every column of a CSV, TSV, JSON, Parquet, Arrow, Excel, OpenDocument or SQLite file.",
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
            description="Where the worker runs. CSV, TSV, NDJSON, JSON, Parquet, Arrow, Excel, OpenDocument or SQLite,"
            " also packed (gz, bz2, xz, zst, zip). A sample comes along.",
        ),
    ] = SAMPLE,
    file: Annotated[
        UploadedFile | None, Field(title="Or upload one", description="An uploaded file is read instead of the path.")
    ] = None,
    table: Annotated[
        str,
        Field(
            title="Sheet, table or file",
            description="Of a workbook, an SQLite file or a ZIP archive. Empty: the first; said in the report.",
            max_length=1_000,
        ),
    ] = "",
    header: Annotated[
        Choice, Field(title="Names in the first line", description="auto: found out; said in the report.")
    ] = "auto",
    skip_lines: Annotated[
        int | None,
        Field(title="Lines above the table", description="Titles to pass over. Empty: found out.", ge=0, le=1_000_000),
    ] = None,
    delimiter: Annotated[Delimiter, Field(title="Delimiter", description="What parts the values.")] = "auto",
    quote: Annotated[Quote, Field(title="Quotes", description="The sign around values.")] = "double",
    comment: Annotated[
        Comment,
        Field(title="Comments", description="Lines that begin so are passed over. auto: only as above the table."),
    ] = "auto",
    decimal: Annotated[Decimal, Field(title="Decimal sign", description="Decides whether 12,500 is 12.5.")] = "auto",
    encoding: Annotated[Encoding, Field(title="Encoding", description="Of text files.")] = "auto",
    dates: Annotated[
        Dates,
        Field(
            description="auto: 2/1/2026 stays text where no number in the column tells the day; iso: only 2026-01-02."
        ),
    ] = "auto",
    values: Annotated[
        Values,
        Field(title="Percent, currency, yes and no", description="auto: read, and said so at the column; plain: text."),
    ] = "auto",
    missing_values: Annotated[
        list[str],
        Field(
            title="Words for missing",
            description="Beside the empty value, in every column. None: NA, n.a., NaN, null and the like in columns of"
            " numbers, dates and truth values; in a column of text they are text.",
        ),
    ] = [],  # noqa: B006  a default of the form; it is never changed
) -> str:
    """Profile every column of a data file: types, missing and distinct values, figures, charts."""
    from app.jobs.data_report.writing import write_report  # imports the engine, which only the worker needs

    options = Options(
        table=table.strip(),
        header=header,
        skip_lines=skip_lines,
        delimiter=delimiter,
        quote=quote,
        comment=comment,
        decimal=decimal,
        encoding=encoding,
        dates=dates,
        values=values,
        missing_values=tuple(missing_values),
    )
    return write_report(ctx, path, file, options=options)
