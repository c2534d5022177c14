"""Jobs that are tied to each other: which they are, and the way that took longest."""

from app.db.queries.flows.crowds import ids_of_crowd
from app.db.queries.flows.reading import flow_of, with_others
from app.db.queries.flows.turns import in_turn

__all__ = ["flow", "flow_of", "ids_of_crowd", "in_turn", "with_others"]
