"""What can stand next in a query that is being typed: fields, and the values that jobs really have, with counts."""

from app.db.queries.completion.suggestions import Completion, complete
from app.db.queries.completion.vocabulary import SAMPLED_JOBS, Vocabulary, read_vocabulary

__all__ = ["SAMPLED_JOBS", "Completion", "Vocabulary", "complete", "read_vocabulary"]
