"""When other programs fire (cron, systemd, Celery), how their expressions are written as ours, and where both differ.

Pure code, as all of `app.queue.calendar`. The files of those programs are read in `app.queue.acts.schedules.moving`.
"""

__all__ = ["comparing", "wall_rule", "writing"]
