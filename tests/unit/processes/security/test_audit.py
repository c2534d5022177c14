"""`python main.py audit verify`."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.db.audit import chain, entries
from app.db.audit.entries import Entry
from app.db.sql import engine
from app.processes.security import audit
from app.settings import Settings
from tests.actors import ME


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings of a data folder on which nothing runs, with three linked entries and one that is new."""
    for number in range(1, 5):
        entries.note(Entry(act="cancel", target=f"job:{number}", by=ME))
    chain.link(limit=3)
    return Settings(data_dir=tmp_path)


def test_a_chain_that_holds_is_said_to(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    newest = chain.verify().hash

    assert audit.verify(settings) == 0

    said = capsys.readouterr().out
    assert "The audit holds: 3 entries linked, and 1 too new to be linked." in said
    assert f"The newest link is 3, {newest}" in said


def test_the_first_broken_link_is_named(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with engine.writer().begin() as connection:
        connection.execute(text("DROP TRIGGER audit_is_not_changed"))
        connection.execute(text("UPDATE audit SET \"by\" = 'bob\u009b' WHERE seq = 2"))

    assert audit.verify(settings) == 1

    said = capsys.readouterr().err
    assert said.startswith("The audit is broken. Link 2 does not hold: its entry (#2: cancel job:2 by bob")
    assert "\u009b" not in said
