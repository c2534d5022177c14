"""What was found out about a folder, as one line, as CSV and as JSON; `page.py` draws the same for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.jobs.disk_usage.usage import Spot
from app.reports import CsvTable, as_json, printable
from app.reports.words import counted, size
from app.tree import Notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was found out about one folder. Sizes are bytes; `total` and `free` are those of its disk."""

    root: Spot
    biggest_folders: Sequence[Spot]
    biggest_files: Sequence[Spot]
    more_names: int
    unreadable: Notes
    elsewhere: Notes
    total_bytes: int
    free_bytes: int
    made_at: datetime

    @property
    def sentence(self) -> str:
        """The result in one line: "4.1 GB in 1,204 files and 31 folders"."""
        root = self.root
        line = f"{size(root.allocated_bytes)} in {counted(root.files, 'file')} and {counted(root.folders, 'folder')}"
        return f"{line}; {counted(self.unreadable.count, 'place')} could not be read" if self.unreadable.count else line

    def as_csv(self) -> bytes:
        """Return the biggest folders and files as a table, each group biggest first."""
        table = CsvTable(("type", "path", "allocated_bytes", "apparent_bytes", "files", "modified_at"))
        for spot in (*self.biggest_folders, *self.biggest_files):
            files = spot.files if spot.kind == "folder" else None
            table.add(
                spot.kind, printable(spot.path), spot.allocated_bytes, spot.apparent_bytes, files, modified_at(spot)
            )
        return table.as_bytes()

    def as_json(self) -> bytes:
        """Return everything as JSON."""
        root = self.root
        return as_json(
            {
                "folder": printable(root.path),
                "made_at": self.made_at.isoformat().replace("+00:00", "Z"),
                "allocated_bytes": root.allocated_bytes,
                "apparent_bytes": root.apparent_bytes,
                "files": root.files,
                "folders": root.folders,
                "further_names": self.more_names,
                "disk": {"total_bytes": self.total_bytes, "free_bytes": self.free_bytes},
                "biggest_folders": [_spot(spot) for spot in self.biggest_folders],
                "biggest_files": [_spot(spot) for spot in self.biggest_files],
                "unreadable": self.unreadable.as_json(),
                "other_file_systems": self.elsewhere.as_json(),
            }
        )


def _spot(spot: Spot) -> dict[str, Any]:
    found: dict[str, Any] = {
        "path": printable(spot.path),
        "allocated_bytes": spot.allocated_bytes,
        "apparent_bytes": spot.apparent_bytes,
    }
    if spot.kind == "folder":
        return found | {"files": spot.files, "folders": spot.folders}
    return found | {"modified_at": modified_at(spot)}


def modified_at(spot: Spot) -> str | None:
    """Return when a file was last written to, in UTC; None for folders and for times that no calendar has."""
    if spot.modified_at is None:
        return None
    try:
        return datetime.fromtimestamp(int(spot.modified_at), UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None
