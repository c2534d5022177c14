"""Schedules that come from other programs and go to them: crontabs, systemd timers, Celery beat; calendars.

crontab.py, systemd_timers.py, celery_beat.py    read a text into entries; nothing is run
importing.py    what entries become here, where that differs, and the act itself
"""

__all__ = ["importing", "units"]
