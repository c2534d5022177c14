"""How long finished jobs are kept: the setting, the rules by kind and state, and what each would remove."""

__all__ = ["lengths"]
