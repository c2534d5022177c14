"""The room that the history takes, and how much of it pruning would give back. Nothing is removed here."""

from app.db.queries.storage.database import database_facts
from app.db.queries.storage.pruning import Pruned, would_be_pruned

__all__ = ["Pruned", "database_facts", "would_be_pruned"]
