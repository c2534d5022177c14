"""What the database says of itself."""

import pytest

from app.db.queries.storage import database_facts
from tests.store import stored


@pytest.mark.both_databases
def test_the_database_names_itself_and_tells_its_size(database: str) -> None:
    found = database_facts()

    assert found.name.startswith("SQLite 3." if database.startswith("sqlite") else "PostgreSQL ")
    assert found.size_bytes > 100_000
    for _ in range(300):
        stored(search_text="words " * 2000)
    assert database_facts().size_bytes > found.size_bytes
