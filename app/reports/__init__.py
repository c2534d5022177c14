"""Self-contained pages that jobs attach: one frame and one look, whatever the page is about.

A page is shown in a sandbox: nothing in it is loaded from elsewhere and nothing runs. What a page says is the job's
own business; here are the frame, the words for figures, and the writing of tables.
"""

from app.reports.page import Tile, report_page
from app.reports.places import places_listing
from app.reports.table import CsvTable, as_json, printable

__all__ = [
    "CsvTable",
    "Tile",
    "as_json",
    "places_listing",
    "printable",
    "report_page",
    "words",
]
