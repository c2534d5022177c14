"""What leaves this machine: connections of jobs that ask the web, and mail. Nothing of Jobdeck is known here."""

__all__ = ["mail", "network"]
