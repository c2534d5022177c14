"""The client with which Python programs call the API of a Jobdeck on any machine, for threads and for asyncio.

Nothing here knows the rest of Jobdeck: it needs httpx and pydantic. `deck.py` and `async_deck.py` are the clients;
`asks.py` says what is asked for, `answers.py` what comes back, `trying.py` what is asked again, `stream.py` reads
Server-Sent Events.
"""

from app.client.answers import Job, JobdeckError, LogLine
from app.client.asks import StartOptions
from app.client.async_deck import AsyncJobdeck
from app.client.deck import Jobdeck

__all__ = ["AsyncJobdeck", "Job", "Jobdeck", "JobdeckError", "LogLine", "StartOptions"]
