"""A table of what a job wrote: as many rows as are at hand, and how many there are."""

from html import escape

from nicegui import ui

from app.pages.previews.tabular import Table
from app.pages.widgets.markup import Text


def show_table(table: Table, *, label: str) -> None:
    """Draw a table that scrolls in both directions; `label` names it for a screen reader."""
    # One element: a row of elements for each row of the table would be some thousand of them in every open tab.
    shown = ui.html(table_html(table), sanitize=True).classes("jd-data")
    shown.props["tabindex"] = "0"
    shown.props["role"] = "region"
    shown.props["aria-label"] = label
    Text("p", table.sentence, classes="jd-note")


def table_html(table: Table) -> str:
    """Write a table as HTML; every text in it is escaped."""
    numbers = [' class="jd-data__number"' if place in table.numeric else "" for place in range(len(table.columns))]
    head = "".join(
        f'<th scope="col"{number}>{escape(name)}</th>' for name, number in zip(table.columns, numbers, strict=True)
    )
    body = "".join(
        f"<tr>{''.join(f'<td{number}>{escape(cell)}</td>' for cell, number in zip(row, numbers, strict=True))}</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
