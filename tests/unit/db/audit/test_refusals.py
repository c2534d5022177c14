"""What was refused is in the audit: who asked for what in vain, and why."""

import logging

import pytest

from app.db.audit import entries, reading
from app.db.audit.reading import AuditEntry
from app.errors import AppError, Unavailable, WrongState
from app.queue import JobContext, cancel, job, retry, start
from app.queue.acts import bulk, control, queues, workers
from app.queue.acts.schedules import changing
from tests.actors import ME


@pytest.fixture
def newest(room: object) -> list[AuditEntry]:
    """The kind `count`, and a finished job of it; gives the entries so far."""

    @job()
    def count(ctx: JobContext, limit: int) -> None:
        """Count."""

    cancel(start(count, {"limit": 1}, by=ME).id, by=ME)
    return reading.list_entries()


@pytest.mark.parametrize(
    ("act", "kept"),
    [
        (lambda: cancel(1, by=ME), ("cancel", "job:1", {})),
        (lambda: retry(7, by=ME), ("retry", "job:7", {})),
        (lambda: control.delete(7, by=ME), ("delete", "job:7", {})),
        (lambda: start("count", {"limit": "secret-ish"}, by=ME), ("start", "kind:count", {"fields": ["limit"]})),
        (lambda: start("nothing", {}, by=ME), ("start", "kind:nothing", {})),
        (lambda: queues.pause("nowhere", by=ME), ("pause", "queue:nowhere", {})),
        (lambda: workers.stop("gone", by=ME), ("stop", "worker:gone", {})),
        (lambda: bulk.act_on_ids("cancel", [], by=ME), ("bulk", "jobs:cancel", {"fields": ["ids"]})),
        (lambda: changing.pause(5, by=ME), ("pause", "schedule:5", {})),
        (lambda: changing.delete(5, by=ME), ("delete", "schedule:5", {})),
    ],
)
def test_an_act_in_vain_is_kept(newest: list[AuditEntry], act: object, kept: tuple[str, str, object]) -> None:
    assert callable(act)
    with pytest.raises(AppError) as refused:
        act()

    found = reading.list_entries()
    assert len(found) == len(newest) + 1
    assert (found[0].act, found[0].target, found[0].details) == kept
    assert (found[0].actor, found[0].result, found[0].reason) == ("me", "refused", refused.value.message)
    assert "secret-ish" not in found[0].model_dump_json()


def test_while_the_database_is_away_a_refusal_stays_a_refusal(
    newest: list[AuditEntry], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(entry: object) -> None:
        raise Unavailable

    monkeypatch.setattr(entries, "note", away)

    with caplog.at_level(logging.WARNING), pytest.raises(WrongState):
        cancel(1, by=ME)
    assert "cancel job:1 was refused to me" in caplog.text
