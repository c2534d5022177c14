"""The values that a job is started with: from a signature to a model, checks, sentences, secrets at rest."""

__all__ = [
    "checked",
    "codec",
    "field_types",
    "messages",
    "params",
    "path_roots",
    "plainness",
    "sealing",
    "signature",
    "untyped",
]
