"""What is said about the fields in docs/query-language.md is what they are."""

from pathlib import Path

from app.db.queries.language.fields import FIELDS

PAGE = Path(__file__).parents[5] / "docs" / "query-language.md"


def test_the_page_lists_every_field_as_it_is() -> None:
    rows = [f"| `{field.example}` | {field.description} |" for field in FIELDS.values()]

    assert "\n".join(["| example | finds a job that |", "|---|---|", *rows]) in PAGE.read_text()
