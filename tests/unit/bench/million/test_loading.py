"""A seeded history is one that Jobdeck itself could have written."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.db.sql import engine
from app.db.text_index import keeping, on_postgresql
from bench.million.loading import NotEmpty, index_texts, seed
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


@pytest.mark.both_databases
def test_texts_are_indexed_at_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LEAST_JOBS", 10)
    seed(database, 50, seed=3)

    index_texts(database)

    engine.connect(database)
    assert keeping.remark() == "texts are found by an index"
    if engine.engine().dialect.name == "postgresql":  # other tests have the same tables
        with engine.writer().begin() as connection:
            connection.execute(text(f"DROP INDEX {on_postgresql.NAME}"))
    engine.disconnect()


def test_the_same_seed_tells_the_same_story(tmp_path: Path) -> None:
    told = []
    for name in ("one", "other"):
        seed(f"sqlite:///{tmp_path / name}", 60, seed=5)
        told.append(Records(f"sqlite:///{tmp_path / name}").read("SELECT id, kind, state, params FROM job ORDER BY id"))
    engine.disconnect()

    assert told[0] == told[1]
