"""How long finished jobs are kept, by kind and state. The removal itself is in `app.db.lifecycle`."""

__all__ = ["rules"]
