"""Values to start a kind with, kept under names. `app.queue.acts.presets` checks whether they fit."""

__all__ = ["rows"]
