"""Totals are kept with every transition."""

import pytest

from app.db.lifecycle import requests
from app.db.queries import counts
from tests.actors import ME
from tests.store import claimed, done, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_totals_are_kept_with_every_move() -> None:
    first, second = stored(), stored()
    claimed(first)
    done(first)
    requests.cancel(second.job_id, by=ME)
    totals = {str(state): total for state, total in counts.state_totals().items() if total}
    assert totals == {"succeeded": 1, "cancelled": 1}
    requests.retry(second.job_id, retries=0, by=ME)
    requests.delete(first.job_id, by=ME)
    assert {str(state): total for state, total in counts.state_totals().items() if total} == {"queued": 1}
