"""Schedules as programs make, change and read them; from other programs and back."""

__all__ = ["answers", "moves", "routes"]
