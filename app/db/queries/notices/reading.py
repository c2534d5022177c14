"""Notices and what was sent because of them: the reads."""

from sqlmodel import Session, col, select

from app.db.models.jobs import Job
from app.db.models.people import NoticeDeliveryRow, NoticeRow
from app.db.snapshots.notice import Delivery, Notice
from app.db.sql.sessions import session
from app.db.states import State
from app.errors import NotFound


def list_notices(*, after: int = 0, limit: int = 200, job_id: int | None = None) -> list[Notice]:
    """Return notices by id. `after`: only those with a higher id. `job_id`: those of this job alone."""
    query = select(NoticeRow).where(col(NoticeRow.id) > after).order_by(col(NoticeRow.id)).limit(limit)
    if job_id is not None:
        query = query.where(col(NoticeRow.job_id) == job_id)
    with session() as opened:
        return [Notice.from_row(row) for row in opened.exec(query).all()]


def get_notice(notice_id: int) -> Notice:
    """Return a notice.

    Raises:
        NotFound: there is none.
    """
    with session() as opened:
        return Notice.from_row(row_of(opened, notice_id))


def row_of(opened: Session, notice_id: int, *, is_locked: bool = False) -> NoticeRow:
    """Return a notice's row, locked for a session that writes.

    Raises:
        NotFound: there is none.
    """
    query = select(NoticeRow).where(col(NoticeRow.id) == notice_id)
    row = opened.exec(query.with_for_update() if is_locked else query).first()
    if row is None:
        raise NotFound(f"There is no notice #{notice_id}.", hint="GET /api/v1/notices lists those that there are.")
    return row


def list_deliveries(notice_id: int, *, before: int | None = None, limit: int = 50) -> list[Delivery]:
    """Return what was sent because of a notice, the latest first. `before`: only with a lower id."""
    query = (
        select(NoticeDeliveryRow, Job.state)
        .join(Job, col(Job.id) == col(NoticeDeliveryRow.sender_job_id), isouter=True)
        .where(col(NoticeDeliveryRow.notice_id) == notice_id)
        .order_by(col(NoticeDeliveryRow.id).desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(col(NoticeDeliveryRow.id) < before)
    with session() as opened:
        found = opened.exec(query).all()
        return [Delivery.from_row(row, sender=State(state) if state else None) for row, state in found]
