"""A program: unpack one file of a ZIP archive. Arguments: the archive, the file or nothing, the file to write, and how
many bytes that may have.

The file is named as it is in the archive; `book.xlsx/Sales` means the sheet, table or file `Sales` in `book.xlsx`.

It says as JSON on standard output: now and then `share`, how much is done; at the end `tables`, the names of all files,
`taken`, the one it unpacked, and `inner`, what is wanted inside of it; or `too_large`, the one that takes more; or
`error`, the end of a sentence that begins with the name of the archive.
"""

import json
import sys
import zipfile
from pathlib import PurePosixPath

_PIECE_BYTES = 1 << 20
_NEWS_PIECES = 32
_PACKED = {"gz", "bz2", "xz", "zst"}
_DATA = set(
    "csv tsv tab psv json ndjson jsonl geojson parquet pq arrow arrows feather ipc xlsx xlsm xlsb xls ods sqlite"
    " sqlite3 db".split()
)


def main(path: str, wanted: str, target: str, most_bytes: str) -> dict[str, object]:
    """Unpack the file that is wanted, else the first whose name is one of data, else the first."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename: member for member in archive.infolist() if _is_data(member)}
            names = list(members)
            taken, inner = _split(wanted, names)
            if not names:
                return {"error": "is a ZIP archive without a file; give another one."}
            if taken not in members:
                return {"tables": names}
            if members[taken].flag_bits & 1:
                return {"error": "is a ZIP archive that is protected by a password; unpack it."}
            if not _unpack(archive, members[taken], target, int(most_bytes)):
                return {"tables": names, "too_large": taken}
            return {"tables": names, "taken": taken, "inner": inner}
    except NotImplementedError as error:
        return {"error": f"is a ZIP archive of an unusual kind ({error}); unpack it."}
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        return {"error": f"is not a whole ZIP archive ({error}); fetch it again."}


def _is_data(member: zipfile.ZipInfo) -> bool:
    """Return whether a person put the file there; some systems add files of their own."""
    parts = PurePosixPath(member.filename).parts
    return not (member.is_dir() or "__MACOSX" in parts[:1] or parts[-1:] in {(".DS_Store",), ("Thumbs.db",)})


def _is_surely_data(name: str) -> bool:
    """Return whether the name is one of data: a text beside it, such as a README, often comes first."""
    suffixes = [suffix[1:].lower() for suffix in PurePosixPath(name).suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in _DATA


def _split(wanted: str, names: list[str]) -> tuple[str, str]:
    """Return the file that is wanted, and what is wanted inside of it."""
    if not wanted and names:
        return next((name for name in names if _is_surely_data(name)), names[0]), ""
    holder = next((name for name in names if wanted.startswith(f"{name}/")), "")
    return (holder, wanted.removeprefix(f"{holder}/")) if holder and wanted not in names else (wanted, "")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: str, most_bytes: int) -> bool:
    """Return False where the file is larger than it may be; what its head says of its size is not believed."""
    written = number = 0
    with archive.open(member) as stream, open(target, "wb") as out:
        while piece := stream.read(_PIECE_BYTES):
            written, number = written + len(piece), number + 1
            if written > most_bytes:
                return False
            out.write(piece)
            if number % _NEWS_PIECES == 0:
                _say({"share": written / max(member.file_size, written)})
    return True


def _say(news: dict[str, object]) -> None:
    print(json.dumps(news), flush=True)  # noqa: T201  # its answer


if __name__ == "__main__":
    _say(main(*sys.argv[1:]))
