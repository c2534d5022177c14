"""Files that hold tables in another form: workbooks, ZIP archives, SQLite files, Arrow files.

Each is read by a program of its own (`workbook.py`, `archive.py`, `database.py`, `arrow.py`), which imports nothing of
Jobdeck, has a limit of memory (`child.py`), and writes the table in a form the engine reads. `unwrapping.py` leads
from the file to that table.
"""

__all__ = ["unwrapping"]
