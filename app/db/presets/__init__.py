"""Values to start a kind with, kept under names. What fits is checked in `app.queue.acts.presets`."""

__all__ = ["rows"]
