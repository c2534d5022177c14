"""Every knob of Jobdeck: typed, with its unit in the name, read once at the start of a process.

An option of the command line wins over the environment, the environment over the file `.env` in the working folder. An
unknown `JOBDECK_…` name or a bad value stops the start with one line that names it. `docs/settings.md` is the table
for people; a test compares it with `settings.py`.
"""

from app.settings.reading import OPTIONS, load_settings, take_out_secrets
from app.settings.settings import PREFIX, SWITCHES, Settings, variable

__all__ = [
    "OPTIONS",
    "PREFIX",
    "SWITCHES",
    "Settings",
    "addresses",
    "data_folder",
    "load_settings",
    "take_out_secrets",
    "variable",
]
