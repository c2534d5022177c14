"""From a file that holds tables in another form to the table to be read."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from app.jobs.data_report.table.containers.child import run
from app.jobs.data_report.table.meter import UNPACKED_PERCENT
from app.jobs.data_report.table.recognition import HEAD_BYTES, as_table, examine
from app.jobs.data_report.table.source import Format, Source, Taken
from app.jobs.data_report.table.staging import BLOCK_BYTES, Staging
from app.jobs.data_report.table.text.lines import room, unpack
from app.queue import JobError
from app.reports.words import clipped, counted, size

_TEXT = {Format.CSV, Format.TSV, Format.NDJSON}
_MOST_NAMED = 8
_BLOCK_BYTES = BLOCK_BYTES[1][1]


def unwrap(stage: Staging) -> None:
    """Make the stage's source one that a loader reads, where it is not: a copy of the table that is wanted.

    Raises:
        JobError: what is wrong with the file, or that it does not hold what is wanted.
    """
    while True:
        source = stage.source
        if source.packing and source.format not in _TEXT:
            stage.meter.step(0, UNPACKED_PERCENT, "Unpacking")
            target = stage.folder / "unwrapped"
            stage.source = unpack(source, target, stage.meter.bytes_of(source.size_bytes))
        elif source.format in _STEPS:
            stage.source = _STEPS[source.format](stage)
        else:
            return


def read_again(stage: Staging, why: str) -> None:
    """Let the second engine read the stage's Parquet file, which the first cannot read.

    Raises:
        JobError: it cannot either.
    """
    source = stage.source
    try:
        stage.source = _arrow(stage, form="parquet")
    except JobError:
        raise source.unreadable(why) from None
    remark = f"Read with arro3, because DuckDB could not read it ({clipped(why, longest=120)})"
    stage.source = replace(stage.source, remarks=(*source.remarks, remark))


def _archive(stage: Staging) -> Source:
    source = stage.source
    if any(taken.noun == "file" for taken in source.taken):
        raise source.error("is a ZIP archive in a ZIP archive; unpack the outer one.")
    stage.meter.step(0, UNPACKED_PERCENT, "Unpacking")
    target = stage.folder / "member"
    most_bytes = room(stage.folder)
    answer = run(stage, "archive", str(source.path), source.options.table, str(target), str(most_bytes))
    if "too_large" in answer:
        words = f"holds {clipped(answer['too_large'])}, which takes more than the {size(most_bytes)}"
        raise source.error(f"{words} that its copy may have in the temporary folder; unpack it.")
    taken = _taken(source, "file", answer)
    options = replace(source.options, table=answer["inner"])
    inner = examine(f"{source.name}/{taken.name}", target, options)
    return replace(inner, size_bytes=source.size_bytes, taken=(taken,))


def _workbook(stage: Staging) -> Source:
    source = stage.source
    stage.meter.step(0, UNPACKED_PERCENT, "Reading the workbook")
    target = stage.folder / "sheet"
    answer = run(stage, "workbook", str(source.path), source.options.table, str(target))
    taken = _taken(source, "sheet", answer)
    with target.open("rb") as stream:
        head = stream.read(HEAD_BYTES).decode("utf-8", "ignore")
    if not head.strip():
        raise source.error(f"has nothing in its sheet “{taken.name}”; choose another.")
    options = replace(source.options, delimiter=",", quote="double", encoding="utf-8")
    looks = answer["looks"]
    remark = f"{counted(looks, 'cell')} with a number that is kept as text in the workbook read as a number"
    table = replace(
        _told(source, taken),
        path=target,
        packing="",
        options=options,
        remarks=(*source.remarks, remark) if looks else source.remarks,
    )
    return as_table(table, head, "csv")


def _database(stage: Staging) -> Source:
    source = stage.source
    stage.meter.step(0, UNPACKED_PERCENT, "Reading the table")
    target = stage.folder / "rows"
    answer = run(stage, "database", str(source.path), source.options.table, str(target))
    taken = _taken(source, "table", answer)
    told = _told(source, taken)
    return replace(told, path=target, packing="", format=Format.NDJSON, names=tuple(answer["names"]))


def _arrow(stage: Staging, *, form: str = "file") -> Source:
    source = stage.source
    stage.meter.step(0, UNPACKED_PERCENT, "Reading record batches")
    target = stage.folder / "given.db"
    answer = run(stage, "arrow", str(source.path), form, str(target), str(_BLOCK_BYTES))
    return replace(
        source,
        path=target,
        packing="",
        format=Format.TYPED,
        container=source.format,
        names=tuple(answer["names"]),
    )


def _arrow_stream(stage: Staging) -> Source:
    return _arrow(stage, form="stream")


_STEPS: dict[Format, Callable[[Staging], Source]] = {
    Format.ZIP: _archive,
    Format.EXCEL: _workbook,
    Format.ODS: _workbook,
    Format.SQLITE: _database,
    Format.ARROW: _arrow,
    Format.ARROW_STREAM: _arrow_stream,
}


def _told(source: Source, taken: Taken) -> Source:
    return replace(source, container=source.format, taken=(*source.taken, taken))


def _taken(source: Source, noun: str, answer: dict[str, Any]) -> Taken:
    """Return what a program took.

    Raises:
        JobError: what is wanted is not there.
    """
    wanted, names = source.options.table, answer["tables"]
    if "taken" not in answer:
        raise source.error(f"has no {noun} “{clipped(wanted)}”; choose one of {listed(names)}.")
    return Taken(noun=noun, name=answer["taken"], all=tuple(names), is_chosen=bool(wanted))


def listed(names: Sequence[str]) -> str:
    """Return names for people, not too many: "“A”, “B” and 12 more"."""
    named = ", ".join(f"“{clipped(name, longest=40)}”" for name in names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{named} and {more:,} more" if more > 0 else named or "none"
