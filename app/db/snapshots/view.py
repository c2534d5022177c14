"""What others see of a saved view."""

from typing import Self

from pydantic import Field

from app.db.models.people import SavedViewRow
from app.db.snapshots.snapshot import Instant, Snapshot


class SavedView(Snapshot):
    """A filter of the history with a name, an order and columns."""

    id: int
    name: str
    q: str
    columns: tuple[str, ...] = Field(description="empty: the usual ones")
    sort: str
    shared: bool
    starred: bool = Field(description="whether it is shown beside the history, with its count, to who asks")
    owner: str
    created_at: Instant
    changed_at: Instant

    @classmethod
    def from_row(cls, row: SavedViewRow, *, is_starred: bool) -> Self:
        """Make the snapshot of a row, for a person who starred it or not."""
        return cls.model_validate({**row.model_dump(), "shared": row.is_shared, "starred": is_starred})
