"""From the tree of a query to the SQL condition of the jobs that match."""

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true
from sqlmodel import col

from app.db.models.jobs import Job
from app.db.queries.cursors import MAX_ID
from app.db.queries.language.comparisons import Asking
from app.db.queries.language.fields import FIELDS
from app.db.queries.language.tree import All, AnyOf, Node, Not, Term, Word


def condition_of(node: Node, asked: Asking) -> ColumnElement[bool]:
    """Return the condition of the jobs that match a query, as `parse` read it."""
    match node:
        case Word():
            return _has_word(node.text)
        case Term():
            return FIELDS[node.field].condition(node, asked)
        case Not():
            # A job that lacks the value matches: without this its NULL would be neither true nor false.
            return not_(func.coalesce(condition_of(node.node, asked), false()))
        case All():
            return and_(true(), *(condition_of(each, asked) for each in node.nodes))
        case AnyOf():
            return or_(false(), *(condition_of(each, asked) for each in node.nodes))


def _has_word(word: str) -> ColumnElement[bool]:
    """Look for a text in what is searchable; a number, as `#12` or `12`, is also looked for as a job's id."""
    found = col(Job.search_text).contains(word, autoescape=True)
    digits = word.removeprefix("#")
    if digits.isascii() and digits.isdigit() and int(digits) <= MAX_ID:
        return or_(found, col(Job.id) == int(digits))
    return found
