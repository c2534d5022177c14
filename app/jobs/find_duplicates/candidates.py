"""The files of a tree by size and hash, in a private database on disk: memory does not grow with their number.

A file with several names (hard links), or one that is met twice through a bind mount, is one file: it is known by
device and inode. Paths are kept as bytes, for not every name is text.
"""

import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from app.tree import Branch

CACHE_KB = 32_000
PORTION = 1000
_FILES = "SELECT id, path, candidate.size, changed, names FROM candidate JOIN file USING (id)"
_GROUPS = "SELECT size, whole, count(*) AS n FROM candidate WHERE whole IS NOT NULL GROUP BY size, whole HAVING n > 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that may have a twin. `changed_ns`: its modification time when it was met; `names`: its hard links."""

    id: int
    path: str
    size_bytes: int
    changed_ns: int
    names: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Identical files, by path."""

    size_bytes: int
    files: list[Candidate]

    @property
    def free_bytes(self) -> int:
        """What could be freed by keeping one of them."""
        return self.size_bytes * (len(self.files) - 1)


class Candidates:
    """Files that were met; a `Visitor` of `app.tree`. One thread only."""

    def __init__(self, database: sqlite3.Connection, *, min_size_bytes: int) -> None:
        """Keep files of at least this size in an empty database."""
        self._database = database
        self._min_size_bytes = min_size_bytes
        self._branch: Branch | None = None
        self._path = ""
        """Of the folder whose files come now."""
        database.executescript(
            f"""
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{CACHE_KB};
            CREATE TABLE file (
                id INTEGER PRIMARY KEY, size INTEGER, inode TEXT, names INTEGER, changed TEXT, path BLOB
            );
            CREATE TABLE candidate (id INTEGER PRIMARY KEY, size INTEGER, ends BLOB, whole BLOB);
            BEGIN; -- and never an end: a transaction for each row would be slow, and nobody else reads this
            """
        )

    def enter(self, branch: Branch) -> None:
        """Do nothing: folders are not compared."""

    def leave(self, branch: Branch) -> None:
        """Do nothing."""

    def file(self, branch: Branch, name: str, status: os.stat_result) -> None:
        """Keep a regular file that is big enough."""
        if not stat.S_ISREG(status.st_mode) or status.st_size < self._min_size_bytes:
            return
        self._database.execute(
            "INSERT INTO file (size, inode, names, changed, path) VALUES (?, ?, ?, ?, ?)",
            (
                status.st_size,
                f"{status.st_dev}:{status.st_ino}",
                status.st_nlink,
                str(status.st_mtime_ns),  # from the year 2262 on it has more than 64 bits
                os.fsencode(os.path.join(self._path_of(branch), name)),
            ),
        )

    def _path_of(self, branch: Branch) -> str:
        if branch is not self._branch:
            self._branch, self._path = branch, branch.path
        return self._path

    def keep_same_size(self) -> None:
        """Take as candidates the files that are not alone with their size, each under the first name that was met."""
        self._database.executescript(
            """
            CREATE INDEX by_size ON file (size, inode);
            INSERT INTO candidate (id, size) SELECT min(id), size FROM file
                WHERE size IN (SELECT size FROM file GROUP BY size HAVING min(inode) <> max(inode))
                GROUP BY size, inode ORDER BY 1;
            BEGIN;
            """
        )

    def count(self) -> int:
        """Return how many files are left."""
        return int(self._database.execute("SELECT count(*) FROM candidate").fetchone()[0])

    def to_read(self) -> Iterator[Candidate]:
        """Give the files of which the ends are to be read, in the order of the walk."""
        return self._where("ends IS NULL")

    def to_read_whole(self) -> Iterator[Candidate]:
        """Give the files of which all is to be read, in the order of the walk."""
        return self._where("whole IS NULL")

    def bytes_to_read(self) -> int:
        """Return how long the files are of which more than the ends may have to be read."""
        query = "SELECT coalesce(sum(size), 0) FROM candidate WHERE whole IS NULL"
        return int(self._database.execute(query).fetchone()[0])

    def _where(self, condition: str) -> Iterator[Candidate]:
        """Give files in portions, so that what was given may be changed meanwhile."""
        query = f"{_FILES} WHERE {condition} AND candidate.id > ? ORDER BY candidate.id LIMIT {PORTION}"
        last = -1
        while rows := self._database.execute(query, (last,)).fetchall():
            yield from map(_candidate, rows)
            last = rows[-1][0]

    def set_ends(self, file_id: int, digest: bytes, *, is_whole: bool) -> None:
        """Keep the hash of a file's ends; `is_whole`: they are all of it."""
        self._database.execute(
            "UPDATE candidate SET ends = ?, whole = ? WHERE id = ?", (digest, digest if is_whole else None, file_id)
        )

    def set_whole(self, file_id: int, digest: bytes) -> None:
        """Keep the hash of all of a file."""
        self._database.execute("UPDATE candidate SET whole = ? WHERE id = ?", (digest, file_id))

    def remove(self, file_id: int) -> None:
        """Forget a file that cannot be read."""
        self._database.execute("DELETE FROM candidate WHERE id = ?", (file_id,))

    def keep_same_ends(self) -> None:
        """Forget every file whose ends have no twin."""
        self._database.executescript(
            """
            CREATE INDEX by_ends ON candidate (size, ends);
            DELETE FROM candidate WHERE (size, ends) IN
                (SELECT size, ends FROM candidate GROUP BY size, ends HAVING count(*) = 1);
            DROP INDEX by_ends;
            BEGIN;
            """
        )

    def keep_same(self) -> None:
        """Prepare for `totals` and `groups`: all is read."""
        self._database.execute("CREATE INDEX by_whole ON candidate (size, whole)")

    def totals(self) -> tuple[int, int, int]:
        """Return how many groups of identical files there are, how many copies, and what these take in bytes."""
        groups, copies, free_bytes = self._database.execute(
            f"SELECT count(*), coalesce(sum(n - 1), 0), coalesce(sum((n - 1) * size), 0) FROM ({_GROUPS})"
        ).fetchone()
        return int(groups), int(copies), int(free_bytes)

    def groups(self, limit: int = -1) -> Iterator[Group]:
        """Give the groups of identical files, those that could free most first."""
        files = f"{_FILES} WHERE candidate.size = ? AND whole = ? ORDER BY path"
        with closing(self._database.cursor()) as cursor:
            cursor.execute(f"{_GROUPS} ORDER BY (n - 1) * size DESC, n DESC, min(id) LIMIT ?", (limit,))
            for size_bytes, whole, _ in cursor:
                rows = self._database.execute(files, (size_bytes, whole)).fetchall()
                yield Group(size_bytes=size_bytes, files=[_candidate(row) for row in rows])


def _candidate(row: Iterable[object]) -> Candidate:
    file_id, path, size_bytes, changed_ns, names = row
    assert isinstance(file_id, int)
    assert isinstance(path, bytes)
    assert isinstance(size_bytes, int)
    assert isinstance(changed_ns, str)
    assert isinstance(names, int)
    return Candidate(id=file_id, path=os.fsdecode(path), size_bytes=size_bytes, changed_ns=int(changed_ns), names=names)


@contextmanager
def private_database() -> Iterator[sqlite3.Connection]:
    """Give an empty database in the system's temporary folder; it has no name there, so a killed worker leaves none.

    See https://www.sqlite.org/inmemorydb.html, "Temporary Databases".
    """
    database = sqlite3.connect("", isolation_level=None)
    try:
        yield database
    finally:
        database.close()
