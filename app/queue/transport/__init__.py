"""How messages get from who starts a job to who runs it: lists in Redis, or in memory for tests."""

__all__ = ["message_lists", "sender"]
