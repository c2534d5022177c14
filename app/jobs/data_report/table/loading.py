"""From the file to rows in the engine."""

from app.jobs.data_report.table.columns import Loaded
from app.jobs.data_report.table.loaders import delimited, json_objects, parquet
from app.jobs.data_report.table.meter import UNPACKED_PERCENT
from app.jobs.data_report.table.source import Format
from app.jobs.data_report.table.staging import Staging
from app.jobs.data_report.table.text.lines import unpack


def load(stage: Staging) -> Loaded:
    """Read all rows of the stage's file. A Parquet file is not copied: each question reads only the columns it needs.

    Raises:
        JobError: what is wrong with the file, and in which line.
        EngineError: the engine cannot read the Parquet file.
    """
    if stage.source.format in {Format.PARQUET, Format.TYPED}:
        return parquet.load(stage)
    _unpack(stage)
    if stage.source.format is Format.NDJSON:
        return json_objects.load(stage)
    return delimited.load(stage)


def _unpack(stage: Staging) -> None:
    """Give the stage a copy that the engine reads, where the file is packed or written in another encoding."""
    source, meter = stage.source, stage.meter
    if source.encoding == "utf-8" and source.packing in {"", "gzip"}:
        return
    meter.step(0, UNPACKED_PERCENT, "Unpacking")
    stage.source = unpack(source, stage.folder / "unpacked", meter.bytes_of(source.size_bytes))
