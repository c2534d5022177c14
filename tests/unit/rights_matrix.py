"""Writes the matrix of docs/security.md from the table in app/rights.py: `python -m tests.unit.rights_matrix`."""

import re
from pathlib import Path

from app.rights import Act, Rights, Role

START, END = "<!-- rights: made by `python -m tests.unit.rights_matrix` from app/rights.py -->", "<!-- /rights -->"


def matrix() -> str:
    """Return the table as Markdown: an act a row, a role a column."""
    rows = [["", *Role], ["---", *("---" for _ in Role)]]
    rows += [[act, *("yes" if Rights(role=role).allows(act) else "no" for role in Role)] for act in Act]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    document = Path(__file__).parents[2] / "docs" / "security.md"
    text = document.read_text()
    document.write_text(
        re.sub(f"({START}\n).*?(\n{END})", lambda found: found[1] + matrix() + found[2], text, flags=re.S)
    )
