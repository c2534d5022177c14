"""The list of addresses to check: from the form, from a file, from an upload; each one once."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from app.queue import JobError, UploadedFile
from app.reports import printable
from app.tree import refuse_own_folder

MOST_ADDRESSES = 10_000
MOST_BYTES = 10_000_000
LONGEST_ADDRESS = 8_000


def read_addresses(urls: Iterable[str], path: Path | None, file: UploadedFile | None) -> list[str]:
    """Return all addresses, in order, without empty lines and lines that begin with `#`.

    Raises:
        JobError: there are none or too many, or a file cannot be read.
    """
    found = dict.fromkeys(_lines(urls))
    if path is not None:
        refuse_own_folder(path.expanduser())
        found |= dict.fromkeys(_lines(_read(printable(path.name or str(path)), path.expanduser())))
    if file is not None:
        found |= dict.fromkeys(_lines(_read(file.name, file.path)))
    if not found:
        raise JobError("No addresses: enter some, or give a file with one a line.")
    if len(found) > MOST_ADDRESSES:
        raise JobError(f"{len(found):,} addresses are too many for one job; the limit is {MOST_ADDRESSES:,}.")
    return list(found)


def _lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        address = line.strip()
        if address and not address.startswith("#"):
            yield address[:LONGEST_ADDRESS]


def _read(name: str, path: Path) -> list[str]:
    try:
        if path.is_dir():
            raise JobError(f"{name} is a folder, not a file.")
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise JobError(f"{name} does not exist (looked for {printable(str(path.absolute()))}).") from None
    except (OSError, ValueError) as error:
        raise JobError(f"{name} cannot be read ({getattr(error, 'strerror', None) or error}).") from None
    if len(data) > MOST_BYTES:
        raise JobError(f"{name} is larger than {MOST_BYTES // 1_000_000} MB, too long for a list of addresses.")
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise JobError(f"{name}, line {line}: not UTF-8 text; save it as UTF-8.") from None
