"""What a transaction is to write, made before the transaction begins.

On SQLite everybody waits for the one write lock: what can be read, decided and written out without it is.
"""

from typing import Any

from sqlalchemy import Dialect

from app.db.sql.compiled import Compiled, Rows, Statement
from app.db.sql.sessions import Transaction


class Overtaken(Exception):
    """A row is no longer as it was read when the plan was made; nothing of the plan may stay."""


class WritePlan:
    """Statements that wait to be run together. Takes a statement as a `Transaction` does, and runs it later."""

    def __init__(self, dialect: Dialect, info: dict[Any, Any] | None = None) -> None:
        """Begin with nothing, for this database. `info`: of the transaction that is to run it, if that is open."""
        self.dialect = dialect
        self.info: dict[Any, Any] = {} if info is None else info
        """What is gathered for the end of the transaction, as in a `Transaction`."""
        self._steps: list[tuple[Statement, int | None]] = []

    def run(self, compiled: Compiled, rows: Rows, *, matching: int | None = None) -> None:
        """Note a statement. `matching`: how many rows it has to find as they were read."""
        self._steps.append((compiled.written(self.dialect, rows), matching))

    def write(self, opened: Transaction) -> None:
        """Run them.

        Raises:
            Overtaken: a row was changed meanwhile; roll back.
        """
        for statement, matching in self._steps:
            cursor = statement.run(opened.connection())
            if matching is not None and cursor.rowcount != matching:
                raise Overtaken
        opened.info.update(self.info)
