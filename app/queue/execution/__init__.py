"""The call of a job's function and what follows from how it ended. Where it runs is not here: worker, isolation."""

__all__ = ["call", "inline", "outcome", "process_settings", "usage", "zombies"]
