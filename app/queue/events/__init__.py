"""What is told: events for the screens, signals for the workers. The rows are the truth; all of this may be lost."""

__all__ = ["bus", "listener", "publisher", "types", "worker_signals"]
