"""The index of texts is made while the scheduler runs."""

import pytest

from app.db import JobFilter
from app.db.queries import jobs
from app.db.text_index import keeping
from app.queue.repair import text_indexing
from tests.store import claimed, done, stored
from tests.waiting import until


@pytest.mark.usefixtures("database")
def test_what_finished_is_indexed_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LEAST_JOBS", 0)
    monkeypatch.setattr(text_indexing, "LOOK_SECONDS", 0.01)
    message = stored(search_text="saffron")
    assert claimed(message)
    assert done(message)
    assert keeping.remark() == ""
    indexing = text_indexing.TextIndexing()

    indexing.start()
    try:
        until(lambda: keeping.remark() == "texts are found by an index", seconds=30)
    finally:
        indexing.stop()

    assert [job.id for job in jobs.list_jobs(JobFilter(text="saffron")).items] == [message.job_id]
