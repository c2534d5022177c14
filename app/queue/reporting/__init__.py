"""What running jobs report, on its way to the screens and into the database. What a job is given to report with is not
here: `app.queue.context`.
"""

__all__ = ["reporter"]
