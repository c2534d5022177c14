"""What becomes of a message: each step of the job that sends it is one short transaction."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.db.clock import now
from app.db.models.people import NoticeDeliveryRow, NoticeRow
from app.db.snapshots.notice import Answer, Delivery, DeliveryState
from app.db.sql.sessions import session
from app.db.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to be sent. `to`: where, as stored; `name`: of its notice."""

    delivery: Delivery
    name: str
    to: dict[str, Any]


def begin(delivery_id: int) -> Outgoing | None:
    """Take a message to send it; from now on nothing is added to it. None: it was sent, or its notice is gone."""
    with session(write=True) as opened:
        row = _lock(opened, delivery_id)
        if row is None or row.state == DeliveryState.SENT:
            return None
        notice = opened.get(NoticeRow, row.notice_id)
        assert notice is not None, "messages go with their notice"
        if row.channel not in notice.to:
            return None
        row.state = DeliveryState.WAITING
        delivery = Delivery.from_row(row, sender=State.RUNNING)
        return Outgoing(delivery=delivery, name=notice.name, to=notice.to[row.channel])


def answered(delivery_id: int, answer: Answer, *, is_last: bool) -> None:
    """Write what became of an attempt to send. `is_last`: no other attempt follows."""
    with session(write=True) as opened:
        row = _lock(opened, delivery_id)
        if row is None:
            return
        row.answers = [*row.answers, answer.model_dump(mode="json")]
        if answer.is_accepted:
            row.state, row.sent_at = DeliveryState.SENT, now()
        elif is_last:
            row.state = DeliveryState.FAILED


def _lock(opened: Session, delivery_id: int) -> NoticeDeliveryRow | None:
    query = select(NoticeDeliveryRow).where(col(NoticeDeliveryRow.id) == delivery_id)
    return opened.exec(query.with_for_update()).first()
