"""Schedules that come from other programs and go to them: crontabs, systemd timers, Celery beat; calendars.

crontab.py, systemd_timers.py, celery_beat.py    read a text into entries; nothing is run
importing.py    what entries become here, where that differs, and the act itself
exporting.py    schedules as a crontab, and their next instants as a calendar
"""

__all__ = ["exporting", "importing", "units"]
