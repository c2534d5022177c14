"""The whole way from a file to the two files of its report."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.jobs.data_report.assumed import unusual
from app.jobs.data_report.column.profile import Profile, expected_costs, profile
from app.jobs.data_report.column.tally import guesses, tallies
from app.jobs.data_report.page import as_page
from app.jobs.data_report.report import Report
from app.jobs.data_report.table.columns import Loaded
from app.jobs.data_report.table.containers.unwrapping import read_again, unwrap
from app.jobs.data_report.table.errors import EngineError
from app.jobs.data_report.table.loading import load
from app.jobs.data_report.table.meter import COMPARED_PERCENT, LOADED_PERCENT, PROFILED_PERCENT, Meter
from app.jobs.data_report.table.options import Options
from app.jobs.data_report.table.recognition import find
from app.jobs.data_report.table.source import Format, Source
from app.jobs.data_report.table.staging import Staging, first_line, staging, tells_of_a_full_disk
from app.queue import JobContext, UploadedFile
from app.reports.words import counted


def write_report(ctx: JobContext, path: Path | None, file: UploadedFile | None, *, options: Options) -> str:
    """Read the file, attach `report.html` and `report.json` to the job, and return the result in one line.

    Raises:
        JobError: what is wrong with the file.
        JobCancelled: the job is to stop.
    """
    meter = Meter(ctx)
    source = find(path, file, options=options)
    ctx.log(f"Reading {source.name} as {source.kind}")
    try:
        report = _report(ctx, meter, source)
    except EngineError as error:  # the same file fails the same way again: a sentence, and no second try
        raise source.unreadable(first_line(error)) from error
    ctx.attach("report.json", report.as_json().encode(), "application/json")
    ctx.attach("report.html", as_page(report).encode(), "text/html")
    meter.at(1.0)
    return report.sentence


def _report(ctx: JobContext, meter: Meter, source: Source) -> Report:
    with staging(source, meter) as stage:
        try:
            return _read(ctx, meter, stage)
        except OSError as error:  # of a copy that was being written
            if tells_of_a_full_disk(error):
                raise stage.full_disk() from error
            raise


def _read(ctx: JobContext, meter: Meter, stage: Staging) -> Report:
    unwrap(stage)
    try:
        return _measured(ctx, meter, stage)
    except EngineError as error:
        if stage.source.format is not Format.PARQUET:
            raise
        read_again(stage, first_line(error))
    return _measured(ctx, meter, stage)


def _measured(ctx: JobContext, meter: Meter, stage: Staging) -> Report:
    source = stage.source
    for words in unusual(source):
        ctx.log(words, level="warning")
    loaded = load(stage)
    for words in loaded.remarks:
        ctx.log(words, level="warning")
    ctx.log(f"Read {counted(loaded.rows, 'row')}; now measuring {counted(len(loaded.columns), 'column')}")
    if loaded.empty_lines:
        ctx.log(f"Passed over {counted(loaded.empty_lines, 'empty line')}", level="warning")
    if loaded.comments:
        ctx.log(f"Passed over {counted(loaded.comments, 'comment')}", level="warning")
    profiles = list(_profiles(stage, meter, loaded))
    meter.step(PROFILED_PERCENT, 100, "Writing the report")
    return Report(
        source=replace(source, remarks=(*source.remarks, *loaded.remarks)),
        rows=loaded.rows,
        columns=profiles,
        empty_lines=loaded.empty_lines,
        comments=loaded.comments,
        made_at=datetime.now(UTC).replace(microsecond=0),
    )


def _profiles(stage: Staging, meter: Meter, loaded: Loaded) -> Iterator[Profile]:
    meter.step(LOADED_PERCENT, COMPARED_PERCENT, "Comparing columns")
    guessed = guesses(stage, loaded)
    costs = expected_costs(loaded, guessed)
    percent_per_cost = (PROFILED_PERCENT - COMPARED_PERCENT) / max(sum(costs), 1)
    start: float = COMPARED_PERCENT
    tallied = zip(loaded.columns, costs, tallies(stage, loaded, guessed), strict=True)
    for number, (column, cost, tally) in enumerate(tallied, start=1):
        end = start + cost * percent_per_cost
        meter.step(start, end, f"Profiling column {number:,} of {len(costs):,}: {column.name[:60]}")
        yield profile(stage, loaded, column, tally)
        start = end
