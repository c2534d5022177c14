"""The client of Jobdeck's API, for threads (`Jobdeck`) and for asyncio (`AsyncJobdeck`): docs/programs.md."""

from app.client import AsyncJobdeck, Job, Jobdeck, JobdeckError, LogLine, StartOptions

__all__ = ["AsyncJobdeck", "Job", "Jobdeck", "JobdeckError", "LogLine", "StartOptions"]
