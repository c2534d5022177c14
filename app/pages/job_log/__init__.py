"""The log of one job: the lines that are chosen, live and complete, and the whole of it to download.

The five lines in a card of the dashboard are not from here; `app.pages.live` tells them.
"""

__all__ = ["panel"]
