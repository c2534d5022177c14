"""A seeded history is one that Jobdeck itself could have written."""

from pathlib import Path

import pytest

from app.db.sql import engine
from bench.million.loading import NotEmpty, seed
from tests.chaos.invariants import QUERIES, TOTALS
from tests.chaos.records import Records

pytestmark = pytest.mark.thorough


@pytest.mark.both_databases
def test_a_seeded_history_keeps_the_invariants_and_is_not_mixed_with_another(database: str) -> None:
    seed(database, 400, seed=3)

    records = Records(database)
    assert {what: found for what, query in {**QUERIES, **TOTALS}.items() if (found := records.read(query))} == {}
    assert records.read("SELECT COUNT(*) FROM job")[0][0] == 400
    with pytest.raises(NotEmpty, match="has jobs already"):
        seed(database, 1, seed=3)


def test_the_same_seed_tells_the_same_story(tmp_path: Path) -> None:
    told = []
    for name in ("one", "other"):
        seed(f"sqlite:///{tmp_path / name}", 60, seed=5)
        told.append(Records(f"sqlite:///{tmp_path / name}").read("SELECT id, kind, state, params FROM job ORDER BY id"))
    engine.disconnect()

    assert told[0] == told[1]
