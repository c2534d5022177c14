"""A flow as people and programs see it: jobs that were started by, or wait for, each other."""

from typing import Literal

from pydantic import Field

from app.db.snapshots.snapshot import Instant, Snapshot
from app.db.states import State

Tie = Literal["started", "after", "waits"]
"""What ties two jobs: the source started the target; the target was started to wait for the source; or it was put aside
to wait for it.
"""

Standing = Literal["waiting", "met", "broken", "passed"]
"""Of a job that waits, or waited: it does; the other ended as it should; in another way; or it runs without it."""


class FlowNode(Snapshot):
    """A job of a flow."""

    id: int
    kind: str
    title: str
    state: State
    parent_id: int | None
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    run_seconds: float | None = Field(description="of the latest attempt, once it has ended")
    is_stopping: bool


class FlowEdge(Snapshot):
    """Two jobs of a flow that are tied, in the direction in which it goes on."""

    source: int
    target: int
    tie: Tie
    standing: Standing | None = Field(
        description="of one that waits: it still does; the source ended as it should; in another way, so that the "
        "target was cancelled; or the target ran without it. null: the source started the target"
    )


class Flow(Snapshot):
    """All jobs that are tied to one, and how."""

    nodes: list[FlowNode] = Field(description="by their ids")
    edges: list[FlowEdge]
    began_at: Instant = Field(description="when the first of them was started")
    ended_at: Instant | None = Field(description="when the last of them ended; null: it goes on")
    seconds: float = Field(description="from its begin to its end, or so far")
    longest_way: list[int] = Field(
        description="the jobs by which it took so long, from the first to the last; one that waited for those that it "
        "started is there twice"
    )
    is_cut_off: bool = Field(description="true: there are more jobs than are answered")
