"""Which jobs changed since an instant."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import tuple_
from sqlmodel import col, select

from app.db.models.history import TransitionRow
from app.db.queries.cursors import MAX_ID as MAX_ID
from app.db.queries.cursors import SORTS as SORTS
from app.db.queries.cursors import Sort as Sort
from app.db.queries.jobs import get_jobs
from app.db.snapshots.job import JobSnapshot
from app.db.sql.sessions import lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPage:
    """Jobs that changed. `at` and `after_id` say where the next page begins."""

    items: list[JobSnapshot]
    at: datetime
    after_id: int
    is_last: bool


def list_changed(since: datetime, *, after_id: int = 0, limit: int = 500) -> ChangedPage:
    """Return the present state of jobs that changed, in the order in which they did, each once on a page.

    Args:
        since: an instant, or `ChangedPage.at` of the page before.
        after_id: 0, or `ChangedPage.after_id` of the page before.
        limit: at most so many changes on a page.
    """
    place = tuple_(col(TransitionRow.at), col(TransitionRow.id))
    query = (
        select(TransitionRow.at, TransitionRow.id, TransitionRow.job_id)
        .where(place > (since, after_id))
        .order_by(col(TransitionRow.at), col(TransitionRow.id))
        .limit(limit)
    )
    with lookup() as opened:
        transitions = opened.exec(query).all()
    at, last_id = (transitions[-1][0], transitions[-1][1] or 0) if transitions else (since, after_id)
    by_id = {job.id: job for job in get_jobs(list({one[2] for one in transitions}))}
    order = dict.fromkeys(one[2] for one in transitions if one[2] in by_id)
    return ChangedPage(
        items=[by_id[job_id] for job_id in order], at=at, after_id=last_id, is_last=len(transitions) < limit
    )
