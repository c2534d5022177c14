#!/usr/bin/env bash
# pandas and odfpy: in an OpenDocument sheet whose truth values are not shown as the English word TRUE, every true is read as False.
#
# Guess: read_excel(engine="odf") reads a cell of the type boolean by its value (office:boolean-value="true"), as it reads numbers, dates and money by theirs.
# Instead: it asks whether the text that the cell shows is TRUE, in capitals. What a German sheet shows as WAHR and a French one as VRAI is False, and so is
# "true" or "1", with dtype bool and without a word. All false ones are right, so a column of both looks plausible: it is False throughout.
# Hurts: jobs that import sheets of offices whose LibreOffice speaks another language: "paid", "active" and "consent" are lost for everybody.
# Source: `str(cell) == "TRUE"` for cells of the type boolean in pandas/io/excel/_odfreader.py; OpenDocument 1.3 part 3, 19.367 (office:boolean-value).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pandas==3.1.1" "odfpy==1.4.1"
"$folder/venv/bin/python" - "$folder/sheet.ods" <<'PYTHON'
import sys
from importlib.metadata import version

import pandas
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

TRUTHS = [("TRUE", "true"), ("WAHR", "true"), ("VRAI", "true"), ("true", "true"), ("FALSCH", "false")]


def cell(shown, **of):
    made = TableCell(**of)
    made.addElement(P(text=shown))
    return made


document, table = OpenDocumentSpreadsheet(), Table(name="people")
head = [cell(name, valuetype="string") for name in ("shown", "paid", "share")]
rows = [
    [cell(shown, valuetype="string"), cell(shown, valuetype="boolean", booleanvalue=value), cell("12,5 %", valuetype="percentage", value="0.125")]
    for shown, value in TRUTHS
]
for cells in [head, *rows]:
    row = TableRow()
    for one in cells:
        row.addElement(one)
    table.addElement(row)
document.spreadsheet.addElement(table)
document.save(sys.argv[1])

read = pandas.read_excel(sys.argv[1], engine="odf")
print("pandas", version("pandas"), "odfpy", version("odfpy"))
print("expected:", [value == "true" for _, value in TRUTHS], "as the share, shown as 12,5 %, is read by its value:", read["share"].tolist())
print("seen:    ", read["paid"].tolist(), "dtype", read["paid"].dtype)
sys.exit(read["paid"].tolist() != [True, False, False, False, False] or set(read["share"]) != {0.125})
PYTHON
