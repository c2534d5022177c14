"""What is told: events for the screens, signals for the workers. The rows are the truth; all of this may be lost."""
