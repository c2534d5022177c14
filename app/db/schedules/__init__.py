"""The writes of schedules: what kinds declare, what people change, and the firing that happens once."""

__all__ = ["changing", "coming", "declaring", "firing", "waiting"]
