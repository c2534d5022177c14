"""How Python's `logging` is set up in a process in which jobs run, and its being put back.

A job that sets logging up as a script of its own would silence later jobs, and the process itself; a handler that each
run adds would write each line once more.
"""

import logging
import sys
from dataclasses import dataclass
from typing import Any

from app.queue.kinds.neighbours import top_of


@dataclass(frozen=True, slots=True)
class _Logger:
    """How a logger was set up."""

    logger: logging.Logger
    level: int
    propagate: bool
    is_disabled: bool
    handlers: list[logging.Handler]
    filters: list[Any]

    @classmethod
    def now(cls, one: logging.Logger) -> "_Logger":
        return cls(one, one.level, one.propagate, one.disabled, list(one.handlers), list(one.filters))

    def put_back(self) -> None:
        self.logger.setLevel(self.level)
        self.logger.propagate, self.logger.disabled = self.propagate, self.is_disabled
        self.logger.handlers[:], self.logger.filters[:] = self.handlers, self.filters


class LoggingSetUp:
    """How `logging` was set up. Looked at after every job: at all loggers only where something may have changed."""

    def __init__(self) -> None:
        """Look at it."""
        self._root = logging.getLogger()
        self._loggers = {one: _Logger.now(one) for one in (self._root, *_named_loggers())}
        handlers = {one for logger in self._loggers for one in logger.handlers}
        self._handlers = {one: _of_handler(one) for one in handlers}
        self._modules = frozenset(map(top_of, list(sys.modules)))
        self._seen = self._look()
        self._seen_fully = self._look_fully()
        self._witness = _Witness()

    def is_as_it_was(self, *, is_quick: bool) -> bool:
        """Say whether nothing has changed; `is_quick`: look at what concerns all jobs, and no single logger."""
        is_same = self._look() == self._seen and not self._witness.is_closed
        return is_same and (is_quick or self._look_fully() == self._seen_fully)

    def put_back(self, *, is_alone: bool) -> None:
        """Let it be as it was; `is_alone`: no other job runs that may have made loggers of its own."""
        self._witness = _Witness()
        logging.disable(self._seen[0])
        for logger in _named_loggers():
            logger.disabled = False  # one that the job itself has made, too: the next job may use it
            if is_alone and logger not in self._loggers:
                self._take_in(logger)
        for one in list(self._loggers.values()):
            one.put_back()
        for handler, (level, formatter, filters, stream) in self._handlers.items():
            handler.level, handler.formatter, handler.filters[:] = level, formatter, filters
            if type(handler) is logging.StreamHandler:
                handler.stream = stream
        self._seen_fully = self._look_fully()

    def _take_in(self, logger: logging.Logger) -> None:
        """Keep a new logger as a library set it up that was loaded meanwhile; what a job set up itself goes."""
        top = top_of(logger.name)
        if top not in sys.modules or top in self._modules:
            logger.setLevel(logging.NOTSET)
            logger.propagate = True
            logger.handlers[:] = [one for one in logger.handlers if isinstance(one, logging.NullHandler)]
            logger.filters.clear()
        self._loggers[logger] = _Logger.now(logger)

    def _look(self) -> tuple[Any, ...]:
        root = self._root
        return root.manager.disable, root.disabled, root.level, [(one, *_of_handler(one)) for one in root.handlers]

    def _look_fully(self) -> list[Any]:
        named = _named_loggers()
        return [
            [(one.level, one.propagate, len(one.filters), list(one.handlers)) for one in list(self._loggers)],
            [one for one in named if one.disabled],
            len(named),
        ]


class _Witness(logging.Handler):
    """A handler of no logger. `logging.config` closes every handler there is, and so this one tells of it."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True
        super().close()


def _of_handler(handler: logging.Handler) -> tuple[int, logging.Formatter | None, list[Any], Any]:
    return handler.level, handler.formatter, list(handler.filters), getattr(handler, "stream", None)


def _named_loggers() -> list[logging.Logger]:
    known = list(logging.getLogger().manager.loggerDict.values())
    return [one for one in known if isinstance(one, logging.Logger)]
