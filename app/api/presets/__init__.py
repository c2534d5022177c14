"""Presets: values to start a kind with, under names."""

__all__ = ["routes"]
