"""What was found out about a folder's files, as one line, as CSV and as JSON; `page.py` draws the same for people."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.jobs.find_duplicates.candidates import Candidates, Group
from app.reports import CsvTable, printable
from app.reports.words import counted, size
from app.tree import Notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was found out. `copies`: identical files, one of each group not counted.

    `pulse` is called for each group that is written, and may raise to stop.
    """

    folder: str
    files: int
    folders: int
    min_size_bytes: int
    groups: int
    copies: int
    free_bytes: int
    candidates: Candidates
    unreadable: Notes
    elsewhere: Notes
    made_at: datetime
    pulse: Callable[[], None]

    @property
    def sentence(self) -> str:
        """The result in one line: "4 groups of identical files; 1.2 GB could be freed"."""
        if not self.groups:
            return f"No duplicates in {counted(self.files, 'file')}"
        return f"{counted(self.groups, 'group')} of identical files; {size(self.free_bytes)} could be freed"

    def write_csv(self, path: Path) -> None:
        """Write every copy as a line, groups that could free most first."""
        with path.open("w", encoding="utf-8", newline="") as stream:
            table = CsvTable(("group", "path", "size_bytes", "copies", "group_free_bytes", "hard_links"), stream)
            for number, group in enumerate(self._groups(), start=1):
                for file in group.files:
                    path_text = printable(file.path)
                    table.add(number, path_text, group.size_bytes, len(group.files), group.free_bytes, file.names)

    def write_json(self, path: Path) -> None:
        """Write everything as JSON, group by group: there may be more than fit into memory."""
        head = json.dumps(self._head(), ensure_ascii=False, indent=1).removesuffix("\n}")
        with path.open("w", encoding="utf-8") as stream:
            stream.write(f'{head},\n "groups": [')
            for number, group in enumerate(self._groups()):
                stream.write(",\n" if number else "\n")
                stream.write(json.dumps(_group(group), ensure_ascii=False))
            stream.write("\n ]\n}\n")

    def _head(self) -> dict[str, Any]:
        return {
            "folder": printable(self.folder),
            "made_at": self.made_at.isoformat().replace("+00:00", "Z"),
            "files": self.files,
            "min_size_bytes": self.min_size_bytes,
            "group_count": self.groups,
            "copies": self.copies,
            "free_bytes": self.free_bytes,
            "unreadable": self.unreadable.as_json(),
            "other_file_systems": self.elsewhere.as_json(),
        }

    def _groups(self) -> Iterator[Group]:
        for group in self.candidates.groups():
            self.pulse()
            yield group


def _group(group: Group) -> dict[str, Any]:
    files = [{"path": printable(file.path), "hard_links": file.names} for file in group.files]
    return {"size_bytes": group.size_bytes, "free_bytes": group.free_bytes, "files": files}
