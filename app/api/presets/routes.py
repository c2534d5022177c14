"""Presets: list, keep, change and delete values to start a kind with."""

from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.api.protocol.caller import caller
from app.api.protocol.parameters import KIND, NO_BODY, NO_QUERY, WHOLE, JobId, Listed
from app.api.protocol.routers import below_base
from app.db.presets.rows import Preset
from app.queue.acts.presets import keeping as presets
from app.queue.acts.presets.keeping import MAX_NAME_LENGTH, Wish

MAX_PAGE = 200

router = below_base("/presets", tags=["presets"])

Name = Annotated[
    str, Field(min_length=1, max_length=MAX_NAME_LENGTH, pattern=r"\S", description="nobody has two of one kind")
]


class ChangeBody(BaseModel):
    """What to change about a preset; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name = "-"
    params: dict[str, JsonValue] = Field(default={}, description="as of a start; not all of them, no secrets and files")
    shared: bool = Field(default=False, strict=True, description="whether others who may start the kind see it")

    def as_wish(self) -> Wish:
        """Return what was said."""
        said: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set - {"kind"}}
        return cast("Wish", said)  # the fields are those of a Wish


class CreateBody(ChangeBody):
    """A preset to keep."""

    kind: Annotated[str, KIND]
    name: Name


class ListQuery(BaseModel):
    """Which part of the list."""

    model_config = ConfigDict(extra="forbid")

    kind: str | None = Field(default=None, description="only of this one")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), WHOLE] = 100
    after: Annotated[int, Field(ge=0, le=2**63 - 1), WHOLE] | None = Field(
        default=None, description="`next` of the page before"
    )


class PresetLinks(BaseModel):
    """Where it is, and where a job is started with it."""

    self: str
    start: str


class PresetInfo(Preset):
    """Values under a name."""

    links: PresetLinks


@router.get("", summary="List presets")
def list_presets(query: Annotated[ListQuery, Query()]) -> Listed[PresetInfo]:
    """Answer the presets of who asks, and those that others share of kinds that they may start, by number."""
    found = presets.list_seen(caller(), kind=query.kind, after=query.after or 0, limit=query.limit + 1)
    page = [_info(one) for one in found[: query.limit]]
    return Listed(items=page, next=str(page[-1].id) if len(found) > len(page) else None)


@router.post("", status_code=201, dependencies=[NO_QUERY], summary="Keep a preset")
def create_preset(body: CreateBody, response: Response) -> PresetInfo:
    """Keep values to start a kind with under a name."""
    made = presets.create(body.kind, body.name, body.params, shared=body.shared, by=caller())
    response.headers["Location"] = f"/api/v1/presets/{made.id}"
    return _info(made)


@router.get("/{id}", dependencies=[NO_QUERY], summary="Get a preset")
def get_preset(preset_id: JobId) -> PresetInfo:
    """Answer one preset."""
    return _info(presets.get_preset(preset_id, by=caller()))


@router.patch("/{id}", dependencies=[NO_QUERY], summary="Change a preset")
def change_preset(preset_id: JobId, body: ChangeBody) -> PresetInfo:
    """Change what is named; `params` are taken as a whole. Only one's own."""
    return _info(presets.change(preset_id, body.as_wish(), by=caller()))


@router.delete("/{id}", status_code=204, dependencies=[NO_QUERY, NO_BODY], summary="Delete a preset")
def delete_preset(preset_id: JobId) -> None:
    """Delete it, for all who see it. Only one's own."""
    presets.remove(preset_id, by=caller())


def _info(one: Preset) -> PresetInfo:
    start = f"/api/v1/kinds/{quote(one.kind, safe='')}/start"
    return PresetInfo(**one.model_dump(), links=PresetLinks(self=f"/api/v1/presets/{one.id}", start=start))
