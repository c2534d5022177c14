"""A program: write one sheet of a workbook as CSV. Arguments: the workbook, the sheet or nothing, the file to write.

It says as JSON on standard output: `tables`, the names of all sheets; `taken`, the sheet it wrote; `looks`, how many
texts look like numbers; or `error`, the end of a sentence that begins with the name of the file.
"""

import csv
import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, load_workbook
from python_calamine import SheetTypeEnum as SheetType
from python_calamine import SheetVisibleEnum as Visible

_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d*)?([eE][-+]?\d+)?\s*")


def main(path: str, wanted: str, target: str) -> dict[str, object]:
    """Write the sheet that is wanted, else the first that holds anything and is not hidden."""
    try:
        with load_workbook(path) as book:
            sheets = [sheet for sheet in book.sheets_metadata if sheet.typ is SheetType.WorkSheet]
            names = [sheet.name for sheet in sheets]
            shown = [sheet.name for sheet in sheets if sheet.visible is Visible.Visible] or names
            if wanted and wanted not in names:
                return {"tables": names}
            taken = wanted or next((name for name in shown if book.get_sheet_by_name(name).height), "")
            if not taken:
                return {"error": "holds no sheet with anything in it; give another file."}
            return {"tables": names, "taken": taken, "looks": _write(book, taken, target)}
    except PasswordError:
        return {"error": "is protected by a password; save it without one."}
    except (CalamineError, OSError) as error:
        return {"error": f"is not a whole workbook ({error}); fetch it again, or save it anew."}


def _write(book: CalamineWorkbook, name: str, target: str) -> int:
    looks = 0
    with open(target, "w", encoding="utf-8", newline="") as out:
        write = csv.writer(out, lineterminator="\n").writerow
        for row in book.get_sheet_by_name(name).iter_rows():
            cells = list(_texts(row))
            looks += sum(isinstance(cell, str) and bool(_NUMBER.fullmatch(cell)) for cell in row)
            write(cells if any(cells) or len(cells) == 1 else [])
    return looks


def _texts(row: Sequence[object]) -> Iterator[str]:
    """Yield each cell as a CSV file has it."""
    for cell in row:
        if isinstance(cell, bool):
            yield "true" if cell else "false"
        elif isinstance(cell, float):
            yield str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        elif isinstance(cell, datetime):
            yield cell.isoformat(sep=" ")
        elif isinstance(cell, date):
            yield cell.isoformat()
        else:
            yield str(cell).replace("\0", "\ufffd").encode("utf-8", "replace").decode()


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201  # its answer
