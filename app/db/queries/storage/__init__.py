"""The room that the history takes, and how much of it pruning would give back. Nothing is removed here."""

from app.db.queries.storage.database import database_facts
from app.db.queries.storage.pruning import Past, Pruned, counts_past, past_by_rule, would_be_pruned

__all__ = ["Past", "Pruned", "counts_past", "database_facts", "past_by_rule", "would_be_pruned"]
