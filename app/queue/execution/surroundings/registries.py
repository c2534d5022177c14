"""What Python's modules keep in tables for the whole process (kinds of files, dialects, adapters, codecs), and what
programs inherit: how each is read, and put back.
"""

import codecs
import csv
import ctypes
import os
import sys
import time
import zoneinfo
from collections.abc import Callable
from typing import Any

from app.queue.execution.surroundings.process_wide import NOT_LOADED, Setting

_TABLES = (
    *(("mimetypes", name) for name in ("types_map", "encodings_map", "suffix_map")),
    *(("shutil", name) for name in ("_ARCHIVE_FORMATS", "_UNPACK_FORMATS")),
    *(("sqlite3", name) for name in ("adapters", "converters")),
    ("copyreg", "dispatch_table"),
    ("xml.etree.ElementTree", "_namespace_map"),
)
"""What `mimetypes.add_type`, `shutil.register_unpack_format`, `ElementTree.register_namespace` and their like fill."""
_ERROR_HANDLERS = (
    *("strict", "ignore", "replace", "xmlcharrefreplace", "backslashreplace", "namereplace"),
    *("surrogateescape", "surrogatepass"),
)
"""Those of Python. One of another name stays: nothing can take it away, and whoever wants it registers it first."""


class Codecs:
    """The functions that look for codecs. Python does not say which there are, so `codecs.register` is listened to."""

    def __init__(self) -> None:
        """Begin to listen."""
        self._found: list[Any] = []
        self._register = codecs.register
        vars(codecs)["register"] = self._heard

    def close(self) -> None:
        """Listen no more."""
        vars(codecs)["register"] = self._register

    def read(self) -> list[Any]:
        """Return those that were registered meanwhile."""
        return list(self._found)

    def put_back(self, wanted: list[Any]) -> None:
        """Take away what is not wanted."""
        for search in self._found:
            if search not in wanted:
                codecs.unregister(search)
        self._found[:] = wanted

    def _heard(self, search_function: Callable[[str], codecs.CodecInfo | None], /) -> None:
        self._register(search_function)
        self._found.append(search_function)


def _table(module_name: str, name: str) -> Setting:
    def read() -> Any:
        table = getattr(sys.modules.get(module_name), name, None)
        return NOT_LOADED if table is None else dict(table)

    def put_back(wanted: dict[Any, Any]) -> None:
        table = getattr(sys.modules[module_name], name)
        for key in table.keys() - wanted.keys():
            del table[key]
        table.update(wanted)

    return Setting(read, put_back)


def _dialects() -> dict[str, Any]:
    return {name: csv.get_dialect(name) for name in csv.list_dialects()}


def _set_dialects(wanted: dict[str, Any]) -> None:
    for name in set(csv.list_dialects()) - set(wanted):
        csv.unregister_dialect(name)
    for name, dialect in wanted.items():
        csv.register_dialect(name, dialect)


def _set_error_handlers(wanted: list[Any]) -> None:
    for name, handler in zip(_ERROR_HANDLERS, wanted, strict=True):
        codecs.register_error(name, handler)


def _set_zones(places: tuple[str, ...]) -> None:
    zoneinfo.reset_tzpath(places)
    zoneinfo.ZoneInfo.clear_cache()  # they were read elsewhere


def _find_inherited() -> Any:
    try:
        return ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    except (OSError, ValueError, AttributeError):
        return None  # a system that names it otherwise


def _inherited() -> dict[bytes, bytes]:
    """Return the variables that programs get which a job starts: `os.putenv` sets them beside `os.environ`."""
    found: dict[bytes, bytes] = {}
    number = 0
    while _INHERITED and (pair := _INHERITED[number]) is not None:
        name, _, found[name] = pair.partition(b"=")
        number += 1
    return found


def _set_inherited(wanted: dict[bytes, bytes]) -> None:
    now = _inherited()
    for name in now.keys() - wanted.keys():
        os.unsetenv(name)
    for name, value in wanted.items():
        if now.get(name) != value:
            os.putenv(name, value)
    if now.get(b"TZ") != wanted.get(b"TZ"):
        time.tzset()


_INHERITED = _find_inherited()
REGISTRIES = (
    Setting(_inherited, _set_inherited),
    Setting(_dialects, _set_dialects),
    Setting(lambda: [codecs.lookup_error(name) for name in _ERROR_HANDLERS], _set_error_handlers),
    Setting(lambda: zoneinfo.TZPATH, _set_zones),
    *(_table(module, name) for module, name in _TABLES),
)
