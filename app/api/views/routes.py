"""Saved views of the history: list, keep, change and delete them."""

from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_BODY, NO_QUERY, WHOLE, JobId, Listed
from app.api.protocol.routers import below_base
from app.db.queries.jobs import Sort
from app.db.queries.language import MAX_CHARACTERS
from app.db.snapshots.columns import MAX_COLUMNS
from app.db.snapshots.snapshot import Link
from app.db.snapshots.view import SavedView
from app.queue.acts.views import keeping as views
from app.queue.acts.views.keeping import MAX_NAME_LENGTH, Wish

MAX_PAGE = 200
_LONGEST = 400

router = below_base("/views", tags=["views"])


class ChangeBody(BaseModel):
    """What to change about a view; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", max_length=MAX_NAME_LENGTH, description="nobody has two of the same")
    q: str = Field(default="", max_length=MAX_CHARACTERS, description="in the query language")
    columns: list[Annotated[str, Field(max_length=_LONGEST)]] = Field(
        default_factory=list, max_length=MAX_COLUMNS, description="names, as params.customer.id; empty: the usual ones"
    )
    sort: Sort = Field(default="-id", description="as of a list of jobs")
    shared: bool = Field(default=False, strict=True, description="whether others see it")
    starred: bool = Field(default=True, strict=True, description="whether you see it, with its count, at the history")

    def as_wish(self) -> Wish:
        """Return what was said of the view itself."""
        said: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set - {"starred"}}
        return cast("Wish", said)  # the fields are those of a Wish


class CreateBody(ChangeBody):
    """A view to keep."""

    name: str = Field(max_length=MAX_NAME_LENGTH, description="nobody has two of the same")


class ListQuery(BaseModel):
    """Which part of the list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), WHOLE] = 100
    after: Annotated[int, Field(ge=0, le=2**63 - 1), WHOLE] | None = Field(
        default=None, description="`next` of the page before"
    )


class ViewLinks(BaseModel):
    """Where it is, and the history as it shows it."""

    self: Link
    page: Link


class ViewInfo(SavedView):
    """A saved view."""

    links: ViewLinks


@router.get("", summary="List views")
def list_views(query: Annotated[ListQuery, Query()]) -> Listed[ViewInfo]:
    """Answer the views of who asks, and those that others share, by number."""
    found = views.list_views(caller(), after=query.after or 0, limit=query.limit + 1)
    page = [_info(one) for one in found[: query.limit]]
    return Listed(items=page, next=str(page[-1].id) if len(found) > len(page) else None)


@router.post("", status_code=201, dependencies=[NO_QUERY], summary="Keep a view")
def create_view(body: CreateBody, response: Response) -> ViewInfo:
    """Keep a filter of the history under a name."""
    made = views.create(body.as_wish(), starred=body.starred, by=caller())
    response.headers["Location"] = f"/api/v1/views/{made.id}"
    return _info(made)


@router.get("/{id}", dependencies=[NO_QUERY], summary="Get a view")
def get_view(view_id: JobId) -> ViewInfo:
    """Answer one view."""
    return _info(views.get_view(view_id, by=caller()))


@router.patch("/{id}", dependencies=[NO_QUERY], summary="Change a view")
def change_view(view_id: JobId, body: ChangeBody) -> ViewInfo:
    """Change what is named. Of a view that another shares only `starred` can be changed: it is each person's own."""
    starred = body.starred if "starred" in body.model_fields_set else None
    return _info(views.change(view_id, body.as_wish(), starred=starred, by=caller()))


@router.delete("/{id}", status_code=204, dependencies=[NO_QUERY, NO_BODY], summary="Delete a view")
def delete_view(view_id: JobId) -> None:
    """Delete it, for all who see it."""
    views.delete(view_id, by=caller())


def _info(one: SavedView) -> ViewInfo:
    order = {"sort": "" if one.sort == "-id" else one.sort, "columns": ",".join(one.columns)}
    query = urlencode({name: text for name, text in {"q": one.q, **order}.items() if text})
    links = ViewLinks(self=f"/api/v1/views/{one.id}", page=f"/history?{query}" if query else "/history")
    return ViewInfo(**one.model_dump(), links=links)
