"""A warning that would be logged each time that something is tried again: it is said once."""

import logging


class RepeatedWarning:
    """A warning about something that is tried again and again. Said once, and again when it is over or another."""

    def __init__(self, log: logging.Logger) -> None:
        """`log`: where it is said."""
        self._log = log
        self._said = ""

    def say(self, sentence: str) -> None:
        """Log a sentence, unless it was the last."""
        if sentence != self._said:
            self._log.warning("%s", sentence)
        self._said = sentence

    def end(self) -> None:
        """Take note that it is over."""
        self._said = ""
