"""How jobs come into the queue: started, due, or queued again. Only `app.queue` imports this.

Each function is one short transaction, or works inside the caller's. What workers write about their attempts is in
`batch.py`, what people ask for in `requests.py`.
"""

from app.db.lifecycle.start.inserted import Inserted
from app.db.lifecycle.start.inserting import insert_into, insert_jobs
from app.db.lifecycle.start.message import Message, message_of, message_of_change
from app.db.lifecycle.start.new_job import NewJob

__all__ = [
    "Inserted",
    "Message",
    "NewJob",
    "due",
    "gathering",
    "insert_into",
    "insert_jobs",
    "message_of",
    "message_of_change",
    "requeue",
]
