"""Presets: values to start a kind with, under names. The door through which people keep and use them."""

__all__ = ["keeping"]
