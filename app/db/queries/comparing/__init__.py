"""Jobs held beside each other: what differs. How that is shown is the business of pages and programs."""

__all__ = ["two_jobs"]
