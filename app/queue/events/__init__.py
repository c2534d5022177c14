"""What processes tell each other: events for the screens, signals for the workers. The rows are the truth; each message
here may be lost."""

__all__ = ["bus", "listener", "publisher", "types", "worker_signals"]
