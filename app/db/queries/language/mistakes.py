"""What is said of a query that cannot be read."""

from app.errors import FieldError, InvalidInput


class QueryMistake(InvalidInput):
    """The search cannot be read.

    Attributes:
        position: of the first character that is wrong, from 1; None: the query as a whole is too long.
        expected: what would be right there.
    """

    def __init__(self, problem: str, *, expected: str, position: int | None = None) -> None:
        """Say what is wrong; both are sentences."""
        self.position = position
        self.expected = expected
        where = f"At character {position} of the search: " if position is not None else ""
        super().__init__(
            f"{where}{problem}", hint=expected, fields=[FieldError(field="q", message=f"{where}{problem} {expected}")]
        )
