"""The sweep: it sends what was not sent, queues what is due, and rescues jobs whose worker died. Changes that somebody
asks for are in `app.queue.acts`.
"""

__all__ = ["action_counts", "lateness", "liveness", "sweep", "text_indexing"]
