"""A program: write one table of an SQLite file as JSON, an object in each line. Arguments: the file, the table or
nothing, the file to write.

It says as JSON on standard output: now and then `rows`, how many it wrote; at the end `tables`, the names of all tables
and views, `taken`, the one it wrote, and `names`, its columns; or `error`, the end of a sentence that begins with the
name of the file.
"""

import json
import math
import os
import sqlite3
import sys
import time
from collections.abc import Iterable
from urllib.parse import quote

_NEWS_SECONDS = 0.2
_WAL = 2
"""What the head of a file says in byte 18 where changes are kept beside it (https://sqlite.org/fileformat2.html)."""
_TABLES = """SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY type = 'view', rowid"""


def main(path: str, wanted: str, target: str) -> dict[str, object]:
    """Write the table that is wanted, else the first."""
    try:
        connection = sqlite3.connect(_address(path), uri=True)
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        connection.execute("PRAGMA trusted_schema = OFF")
        names = [name for (name,) in connection.execute(_TABLES)]
        if wanted and wanted not in names:
            return {"tables": names}
        if not names:
            return {"error": "is an SQLite file without a table; give another file."}
        taken = wanted or names[0]
        return {"tables": names, "taken": taken, "names": _write(connection, taken, target)}
    except sqlite3.Error as error:
        return {"error": f"cannot be read as an SQLite file ({error}); fetch it again, or save it anew."}


def _address(path: str) -> str:
    """Return the file as one that is only read. Without changes beside it, it is not locked and nothing is written."""
    with open(path, "rb") as stream:
        head = stream.read(20)
    is_alone = head[18:19] == bytes([_WAL]) and not os.path.exists(f"{path}-wal")
    return f"file:{quote(os.path.abspath(path))}?mode=ro{'&immutable=1' if is_alone else ''}"


def _write(connection: sqlite3.Connection, table: str, target: str) -> list[str]:
    quoted = '"' + table.replace('"', '""') + '"'
    cursor = connection.execute(f"SELECT * FROM {quoted}")
    names = _distinct([name for name, *_ in cursor.description])
    last = time.monotonic()
    with open(target, "w", encoding="utf-8") as out:
        for number, row in enumerate(cursor, start=1):
            cells = dict(zip(names, map(_plain, row), strict=True))
            out.write(json.dumps(cells, ensure_ascii=False) + "\n")
            if number % 1024 == 0 and time.monotonic() - last > _NEWS_SECONDS:
                last = time.monotonic()
                _say({"rows": number})
    return names


def _plain(value: object) -> object:
    """Return a value as JSON has it: bytes as hexadecimal digits, an infinite number as text."""
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _distinct(names: Iterable[str]) -> list[str]:
    """Call the second `price` of a view `price_2`."""
    found: dict[str, None] = {}
    for name in names:
        number, candidate = 1, name
        while candidate in found:
            number += 1
            candidate = f"{name}_{number}"
        found[candidate] = None
    return list(found)


def _say(news: dict[str, object]) -> None:
    print(json.dumps(news), flush=True)  # noqa: T201  # its answer


if __name__ == "__main__":
    _say(main(*sys.argv[1:]))
