"""The language of the search box and of `q`: text → tree → SQL condition. Not here: what else narrows a list."""

from app.db.queries.language.comparisons import Asking
from app.db.queries.language.conditions import condition_of
from app.db.queries.language.fields import FIELDS
from app.db.queries.language.parser import parse
from app.db.queries.language.pieces import Bounds, bounds_of, ids_of, pieces_of
from app.db.queries.language.tokens import MAX_CHARACTERS

__all__ = [
    "FIELDS",
    "MAX_CHARACTERS",
    "Asking",
    "Bounds",
    "bounds_of",
    "condition_of",
    "folding",
    "ids_of",
    "parse",
    "pieces_of",
]
