"""How a keeper knows what runs; what it does with that is seen in the tests of those who use it."""

import os

from app.process_keeper import from_proc, from_ps


def test_proc_and_ps_say_the_same_of_a_process() -> None:
    own = os.getpid()
    by_proc = next(found for found in from_proc() if found[0] == own)

    assert by_proc[1:3] == (os.getppid(), os.getpgrp())
    assert by_proc in list(from_ps())
