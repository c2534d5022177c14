"""Saved views of the history, as people and programs keep them: what fits, who may change one, and who is told.

A view is its owner's. Shared, it is seen by all, who may star it and no more.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

from app.actor import Actor
from app.db.queries.jobs import SORTS, Sort
from app.db.queries.language import parse
from app.db.snapshots.columns import read_columns
from app.db.snapshots.view import SavedView
from app.db.views import rows
from app.db.views.rows import Deleted as Deleted
from app.errors import FieldError, Forbidden, InvalidInput
from app.rights import Act, require

MAX_NAME_LENGTH = 100
MAX_VIEWS = 200
"""Of one owner."""
_COLUMNS = {"shared": "is_shared"}
_log = logging.getLogger(__name__)
_followers: list[Callable[[], object]] = []


class Wish(TypedDict, total=False):
    """What is wanted of a view; what is left out stays, or is as usual."""

    name: str
    q: str
    columns: Sequence[str]
    sort: Sort
    shared: bool


def list_views(by: Actor, *, after: int = 0, limit: int = MAX_VIEWS) -> list[SavedView]:
    """Return the views that somebody sees, by number: their own, and those that are shared."""
    return rows.list_views(by.account, after=after, limit=limit)


def get_view(view_id: int, *, by: Actor) -> SavedView:
    """Return a view.

    Raises:
        NotFound: there is none that `by` sees.
    """
    return rows.get_view(view_id, by.account)


def create(wish: Wish, *, starred: bool = True, by: Actor) -> SavedView:
    """Keep a view.

    Raises:
        Forbidden: a token that is for something else asks.
        InvalidInput: something does not fit, or `by` has another of that name, or too many.
    """
    require(by, Act.OWN)
    if rows.count_views(by.account) >= MAX_VIEWS:
        raise InvalidInput(f"Nobody keeps more than {MAX_VIEWS} views.", hint="Delete one that is not needed.")
    usual: Wish = {"name": "", "q": "", "columns": (), "sort": "-id", "shared": False}
    made = rows.create(_checked({**usual, **wish}), is_starred=starred, by=by)
    _tell()
    return made


def change(
    view_id: int, wish: Wish, *, starred: bool | None = None, shown: SavedView | None = None, by: Actor
) -> SavedView:
    """Change what is named.

    Args:
        view_id: which.
        wish: what its owner wants otherwise.
        starred: whether `by` wants it beside the history; None: that stays.
        shown: what who asks was shown of it; None: nothing.
        by: who asks.

    Raises:
        ChangedMeanwhile: what is changed is not what was shown.
        NotFound: there is none that `by` sees.
        Forbidden: it is another's.
        InvalidInput: something does not fit, or its owner has another of that name.
    """
    require(by, Act.OWN)
    if wish:
        _require_owner(view_id, by)
    changed = rows.change(view_id, _checked(wish), is_starred=starred, shown=shown, by=by)
    _tell()
    return changed


def delete(view_id: int, *, by: Actor) -> Deleted:
    """Delete a view; return what `restore` puts back.

    Raises:
        NotFound: there is none that `by` sees.
        Forbidden: it is another's.
    """
    require(by, Act.OWN)
    _require_owner(view_id, by)
    deleted = rows.remove(view_id, person=by.account)
    _tell()
    return deleted


def restore(deleted: Deleted) -> None:
    """Put a view back that was just deleted.

    Raises:
        InvalidInput: its owner has another of that name by now.
    """
    rows.restore(deleted)
    _tell()


def follow(tell: Callable[[], object]) -> Callable[[], None]:
    """Call `tell`, in whichever thread, when views of this process change; return what undoes it."""
    _followers.append(tell)
    return lambda: _followers.remove(tell)


def _tell() -> None:
    for tell in tuple(_followers):
        try:
            tell()
        except Exception:  # one who hears it must not keep the others from hearing it
            _log.exception("A change of views could not be told")


def _require_owner(view_id: int, by: Actor) -> None:
    owner = rows.get_view(view_id, by.account).owner
    if owner != by.account:
        raise Forbidden(f"This view is {owner}'s.", hint="Save one of your own from it.")


def _checked(wish: Wish) -> dict[str, Any]:
    """Return the columns of the row for a wish."""
    wrong: list[FieldError] = []
    values: dict[str, Any] = {_COLUMNS.get(name, name): value for name, value in wish.items()}
    if "name" in wish:
        values["name"] = name = " ".join(wish["name"].split())
        if not 0 < len(name) <= MAX_NAME_LENGTH:
            wrong.append(FieldError(field="name", message=f"A name of 1 to {MAX_NAME_LENGTH} characters is expected."))
    if "q" in wish:
        values["q"] = wish["q"].strip()
        try:
            parse(values["q"])
        except InvalidInput as error:
            wrong += error.fields
    if "columns" in wish:
        try:
            values["columns"] = list(read_columns(wish["columns"]))
        except ValueError as error:
            wrong.append(FieldError(field="columns", message=str(error)))
    if "sort" in wish and wish["sort"] not in SORTS:
        wrong.append(FieldError(field="sort", message="Known orders are " + ", ".join(SORTS) + "."))
    if wrong:
        raise InvalidInput(wrong[0].message, fields=wrong)
    return values
