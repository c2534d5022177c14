"""A flow as people and programs see it: jobs that were started by, or wait for, each other."""

from typing import Literal

from pydantic import Field

from app.db.snapshots.snapshot import Instant, Link, Snapshot
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


class CrowdLinks(Snapshot):
    """Where the jobs of a crowd are listed."""

    jobs: Link = Field(description="all of them, also those that are in `nodes`; a page at a time")


class FlowCrowd(Snapshot):
    """Very many jobs of a kind that one job started: those that are not in `nodes` are only counted."""

    parent_id: int
    kind: str
    title: str
    count: int = Field(description="of those that are not in `nodes`, as all that follows")
    states: dict[State, int] = Field(description="how many are in which state")
    broken: int = Field(
        description="how many of the cancelled ones were so since a job that they waited for ended in another way"
    )
    after: list[int] = Field(description="the jobs that they, or some of them, wait or waited for")
    before: list[int] = Field(description="the jobs that wait or waited for them, or for some of them")
    links: CrowdLinks


class Flow(Snapshot):
    """All jobs that are tied to one, and how."""

    nodes: list[FlowNode] = Field(
        description="by their ids; of very many jobs of a kind that one job started only some: the first ones, failed "
        "and running ones before others, and those with ties of their own"
    )
    edges: list[FlowEdge] = Field(description="of those in `nodes`")
    crowds: list[FlowCrowd] = Field(description="the jobs that are not in `nodes`, by who started them and their kind")
    count: int = Field(description="how many jobs it has")
    states: dict[State, int] = Field(description="how many of them are in which state")
    began_at: Instant = Field(description="when the first of them was started")
    ended_at: Instant | None = Field(description="when the last of them ended; null: it goes on")
    seconds: float = Field(description="from its begin to its end, or so far")
    longest_way: list[int] = Field(
        description="the jobs by which it took so long, from the first to the last; one that waited for those that it "
        "started is there twice"
    )
    is_cut_off: bool = Field(description="true: there are more jobs than are answered")
