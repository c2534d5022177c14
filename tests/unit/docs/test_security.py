"""What docs/security.md says of limits is what holds."""

import re
from pathlib import Path

from app.db.queries.language import MAX_CHARACTERS
from app.db.queries.language.tokens import MAX_TERMS
from app.db.sql.limits import LOOKUP_SECONDS

PAGE = " ".join((Path(__file__).parents[3] / "docs" / "security.md").read_text(encoding="utf-8").split())


def test_the_bounds_of_a_search_are_those_of_the_page() -> None:
    [said] = re.findall(r"A query has at most (\d+) words and ([\d,]+) characters; .*? is cut off after (\d+) s,", PAGE)

    assert said == (str(MAX_TERMS), f"{MAX_CHARACTERS:,}", str(LOOKUP_SECONDS))
