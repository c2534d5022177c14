"""The data file that comes with Jobdeck."""

from pathlib import Path

SAMPLE = Path("samples/penguins.csv")
"""What the form is filled with. It is found whatever the working folder is."""
