"""What a process that a job forks must not keep of the worker it was forked from."""

import os
import signal


def reset_signals_in_forks() -> None:
    """Let SIGTERM and SIGINT end the processes that jobs fork, from now on: multiprocessing ends its pools so.

    Call it in a process that treats these signals in its own way.
    """
    os.register_at_fork(after_in_child=_reset_signals)


def _reset_signals() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
