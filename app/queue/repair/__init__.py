"""What mends: jobs that were not sent, that are due, whose worker died. Asked-for changes are not here: those are
`app.queue.acts`.
"""

__all__ = ["action_counts", "lateness", "liveness", "sweep", "text_indexing"]
