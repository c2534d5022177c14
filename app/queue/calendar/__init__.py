"""When schedules fire: cron expressions, intervals and single instants in a zone, in words and with remarks.

Pure code: no database, no clock of its own. What is done at an instant is in `app.queue.acts.schedules`.
"""

__all__ = ["coming", "cron", "days_off", "remarks", "rule", "sentences", "zones"]
