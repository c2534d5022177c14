"""Children that are forked: whose they are, how they look and end, and what becomes of those of a dead template."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest

from app.processes.supervision.child import Child, Command
from app.processes.supervision.template import CannotFork, Template
from tests.missing import missing
from tests.waiting import until

ROOT = str(Path(__file__).parents[4])
#: What each child does is its last argument.
LOADS = """
import os, random, signal, sys, threading, uuid
from pathlib import Path
from app.processes.supervision import forking
exec(forking.wait_to_be_forked()[-1])
"""
WAITS = "signal.pause()"
#: In the middle of a fork, something is killed, and another process loses its parent.
KILLS_MEANWHILE = """
import os
begin = os.setsid
def kill_and_begin():
    os.kill({parent}, 9)
    while open("/proc/{orphan}/stat").read().rpartition(")")[2].split()[1] == "{parent}":
        pass
    begin()
os.setsid = kill_and_begin
"""

Make = Callable[..., Template]
Fork = Callable[..., Child]


def command(*arguments: str) -> Command:
    """Return what a child is to be, or the template."""
    return Command(
        name="one", arguments=[sys.executable, *arguments], environment={"PYTHONPATH": ROOT}, grace_seconds=1.0
    )


@pytest.fixture(autouse=True)
def _on_linux() -> None:
    if not Template.is_possible():
        missing("Only Linux lets another process adopt a child.")


@pytest.fixture
def make() -> Iterator[Make]:
    """Make a template that runs a program, which is ready unless `waits` is false."""
    with ExitStack() as cleanup:

        def make(loads: str = LOADS, *, waits: bool = True) -> Template:
            made = Template(command("-c", loads), longest=1000)
            cleanup.callback(made.end)
            if waits:
                until(lambda: is_loaded(made))
            return made

        yield make


@pytest.fixture
def fork() -> Iterator[Fork]:
    """Fork a child that does something, and end it after the test."""
    with ExitStack() as cleanup:

        def fork(template: Template, *arguments: str) -> Child:
            child = template.fork(command("main.py", *arguments))
            cleanup.callback(end, child)
            return child

        yield fork


def is_loaded(template: Template) -> bool:
    """Let a template notice what has become of it, and say whether it is as it will be."""
    template.look()
    return not template.is_loading


def templates() -> list[psutil.Process]:
    """Return the templates that this process has started; other children may have ended and be waited for by nobody."""
    found = []
    for one in psutil.Process().children():
        with suppress(psutil.Error):
            if LOADS in one.cmdline():
                found.append(one)
    return found


def end(child: Child) -> None:
    """End a child, if it runs."""
    if child.exit_status() is None:
        child.kill()
        status(child)


def status(child: Child) -> int:
    """Wait for the end of a child and return its exit status."""
    until(lambda: child.exit_status() is not None)
    found = child.exit_status()
    assert found is not None
    return found


def test_a_forked_child_is_ours_in_a_session_of_its_own_and_shows_its_own_command_line(make: Make, fork: Fork) -> None:
    child = fork(make(), "worker", "--supervised", "worker-1", WAITS)

    process = psutil.Process(child.pid)
    words = process.cmdline()
    assert process.ppid() == os.getpid()
    assert os.getsid(child.pid) == os.getpgid(child.pid) == child.pid
    assert os.path.normpath(words[0]) == os.path.normpath(sys.executable)
    assert words[1:] == ["main.py", "worker", "--supervised", "worker-1", WAITS]
    assert process.num_threads() == 1


@pytest.mark.parametrize(
    ("does", "expected"),
    [("sys.exit(75)", 75), ("pass", 0), ("os.kill(os.getpid(), 9)", -9), ("1 / 0", 1)],
    ids=["anew", "well", "killed", "error"],
)
def test_how_a_forked_child_ended_is_known(make: Make, fork: Fork, does: str, expected: int) -> None:
    assert status(fork(make(), does)) == expected


def test_a_forked_child_hears_of_its_turn_and_of_the_end_of_its_parent_as_any_other(make: Make, fork: Fork) -> None:
    waits = "from app.processes.supervision.lifeline import wait_for_turn; wait_for_turn(); sys.exit(7)"
    template = make()
    first, second = fork(template, waits), fork(template, waits)

    first.give_turn()

    assert status(first) == 7
    assert second.exit_status() is None


def test_a_forked_child_has_the_arguments_that_it_was_given_and_chances_of_its_own(
    make: Make, fork: Fork, tmp_path: Path
) -> None:
    template = make()
    notes = [
        "from pathlib import Path; import multiprocessing; import random; import uuid;"
        f"Path({str(tmp_path / name)!r}).write_text("
        "f'{random.random()} {uuid.uuid4()} {bytes(multiprocessing.current_process().authkey)!r}')"
        for name in ("one", "two")
    ]

    for note in notes:
        assert status(fork(template, note)) == 0
    says = "from pathlib import Path; Path(sys.argv[1]).write_text(' '.join(sys.argv[:3]))"
    assert status(fork(template, str(tmp_path / "argv"), "role", says)) == 0

    chances = zip(*((tmp_path / name).read_text().split(" ", 2) for name in ("one", "two")), strict=True)
    assert all(one != two for one, two in chances)
    assert (tmp_path / "argv").read_text() == f"main.py {tmp_path / 'argv'} role"


def test_what_a_forked_child_prints_comes_with_its_name(
    make: Make, fork: Fork, capfd: pytest.CaptureFixture[str]
) -> None:
    with capfd.disabled():
        template = make()
    with pytest.MonkeyPatch.context() as patch:
        stream = open(os.dup(2), "w")  # as in a process whose streams nobody has replaced
        patch.setattr(sys, "stderr", stream)
        assert status(fork(template, "print('hello'); print('again', file=sys.stderr)")) == 0
        stream.close()

    assert capfd.readouterr().err.splitlines() == ["one       | hello", "one       | again"]


def test_when_the_template_dies_its_children_live_on_and_another_template_forks(make: Make, fork: Fork) -> None:
    template = make()
    child = fork(template, WAITS)
    [first] = templates()

    first.kill()

    until(lambda: not is_loaded(template))
    until(lambda: is_loaded(template))
    assert status(fork(template, "sys.exit(5)")) == 5
    assert child.exit_status() is None


def test_what_lost_its_parent_while_a_child_was_forked_is_taken_leave_of(
    make: Make, fork: Fork, tmp_path: Path
) -> None:
    starts = "import subprocess, time; print(subprocess.Popen(['sleep', '1000']).pid, flush=True); time.sleep(1000)"
    with subprocess.Popen([sys.executable, "-c", starts], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        template = make(KILLS_MEANWHILE.format(parent=parent.pid, orphan=orphan) + LOADS)

        child = fork(template, WAITS)

    adopted = psutil.Process(orphan)
    assert adopted.ppid() == os.getpid()
    adopted.kill()
    until(lambda: is_loaded(template) and not psutil.pid_exists(orphan))
    assert child.exit_status() is None


def test_a_template_that_cannot_load_is_not_waited_for(make: Make) -> None:
    template = make("import a_module_that_is_not_there")

    with pytest.raises(CannotFork):
        template.fork(command("main.py", WAITS))
    assert not template.is_loading


def test_a_template_with_threads_forks_nothing(make: Make) -> None:
    template = make("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()" + LOADS)

    with pytest.raises(CannotFork, match="it has threads"):
        template.fork(command("main.py", WAITS))


def test_a_template_that_was_stopped_is_given_up_after_a_while(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.processes.supervision.template.FORK_SECONDS", 0.2)
    template = make()
    [stopped] = templates()
    stopped.send_signal(signal.SIGSTOP)

    with pytest.raises(CannotFork):
        template.fork(command("main.py", WAITS))

    until(lambda: not is_loaded(template))
    assert not stopped.is_running() or stopped.status() == psutil.STATUS_ZOMBIE


def test_what_is_loaded_anew_forks_again(make: Make, fork: Fork, tmp_path: Path) -> None:
    (tmp_path / "loaded").write_text("1")
    template = make(f"import sys; N = int(open({str(tmp_path / 'loaded')!r}).read())" + LOADS)
    (tmp_path / "loaded").write_text("2")
    before = status(fork(template, "sys.exit(N)"))

    template.renew()

    until(lambda: is_loaded(template))
    assert (before, status(fork(template, "sys.exit(N)"))) == (1, 2)
