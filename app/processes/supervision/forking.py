"""The template's own side (`template.py`): it waits for the supervisor's orders, and forks what it is told to.

It has one thread, no connection, no event loop and no kind: what a job file does when it is imported, it does in each
process by itself. What a process has for itself (numbers to be random, ids, pipes, signals) is made after the fork.
"""

import ctypes
import json
import multiprocessing
import os
import socket
import sys
from collections.abc import Sequence

_LONGEST_ORDER_BYTES = 65_536


def length_of(arguments: Sequence[str]) -> int:
    """Return how many bytes a command line has, with the byte after each of its words."""
    return sum(len(os.fsencode(one)) + 1 for one in arguments)


def wait_to_be_forked() -> list[str]:
    """Say to the supervisor that everything is loaded, and fork what it asks for, until it is gone.

    Returns in each process that was forked: the arguments of its command line, after the program's name.

    Raises:
        SystemExit: the supervisor is gone, or needs no template any more.
    """
    control = _take_over_input()
    control.send(b"ready")
    while True:
        order, files, _, _ = socket.recv_fds(control, _LONGEST_ORDER_BYTES, 2)
        if not order:
            sys.exit(0)
        arguments: list[str] = json.loads(order)
        try:
            pid = _fork(files)
        except OSError as error:
            control.send(json.dumps({"why": str(error)}).encode())
        else:
            if pid is None:
                control.close()
                return _begin_anew(arguments)
            control.send(json.dumps({"pid": pid}).encode())
        for file in files:
            os.close(file)


def _take_over_input() -> socket.socket:
    """Return the socket to the supervisor, which is the standard input; that is empty from now on."""
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return control


def _fork(files: Sequence[int]) -> int | None:
    """Fork a process whose parent is not this one, with two files as its input and its output, in a session of its own.

    Returns None in that process, here its id.

    Raises:
        OSError: it cannot be forked.
    """
    if len(os.listdir("/proc/self/task")) > 1:
        raise OSError("it has threads, of which a fork has only one")
    heard, say = os.pipe()
    between = os.fork()
    if between == 0:
        _leave_it_to_a_child()
        os.setsid()
        for file, number in zip((*files, files[1]), (0, 1, 2), strict=True):
            os.dup2(file, number)
        os.write(say, b"%d" % os.getpid())
        for file in (*files, heard, say):
            os.close(file)
        return None
    os.close(say)
    os.waitpid(between, 0)
    with open(heard, "rb") as answer:
        pid = answer.read()
    if not pid:
        raise OSError("the system forks no more processes")
    return int(pid)


def _leave_it_to_a_child() -> None:
    """Go on in a child of this process, which ends, so that its child gets another parent."""
    try:
        is_parent = os.fork() != 0
    except OSError:
        os._exit(1)
    if is_parent:
        os._exit(0)


def _begin_anew(arguments: Sequence[str]) -> list[str]:
    """Make this process what a new one would be with such a command line."""
    sys.argv = list(arguments[1:])
    _show(arguments)
    multiprocessing.current_process().authkey = os.urandom(32)
    return sys.argv[1:]


def _show(arguments: Sequence[str]) -> None:
    """Let `ps` show another command line, in the place of this process's first one.

    All of that place is shown, so what is left of it becomes slashes in the path of Python, which mean the same
    (https://man7.org/linux/man-pages/man5/proc_pid_cmdline.5.html). Shown is as much as there is room for.
    """
    with open("/proc/self/stat", "rb") as file:
        numbers = file.read().rpartition(b") ")[2].split()
    begin, end = int(numbers[45]), int(numbers[46])  # arg_start and arg_end, proc_pid_stat(5)
    words = [os.fsencode(one) for one in arguments]
    folder, _, python = words[0].rpartition(b"/")
    left = max(end - begin - length_of(arguments), 0)
    words[0] = folder + b"/" * (1 + left) + python
    ctypes.memmove(begin, (b"\0".join(words) + b"\0")[: end - begin], end - begin)
