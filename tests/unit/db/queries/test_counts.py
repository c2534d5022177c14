"""Totals that are read."""

import pytest

from app.db import State
from app.db.clock import now
from app.db.lifecycle import requests
from app.db.queries import counts
from tests.actors import ME
from tests.store import stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_totals_never_show_less_than_nothing_and_forget_what_was_removed() -> None:
    message = stored()
    requests.cancel(message.job_id, by=ME)
    pruned = requests.prune(now(), limit=10, max_lines=10)
    assert pruned.job_ids == [message.job_id]
    assert counts.state_totals()[State.CANCELLED] == 0
