"""The supervisor over real processes: small scripts, and a real Valkey. What the roles do is seen in test_start.py."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from app.processes.supervision.template import Template
from tests.missing import missing
from tests.patience import patient
from tests.processes import command_of, is_gone, kill
from tests.waiting import until

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.not_on_postgresql("its children are scripts, without a database")
#: What `main.py` does with commands of its own, in a process of its own; LINES come from the test.
DRIVER = """
import sys
from pathlib import Path
from app.errors import AppError
from app.processes.supervision.child import Command
from app.processes.supervision.supervisor import Supervisor
from app.processes.supervision.valkey import private_valkey

def script(name, code, *, grace_seconds=3.0, **treatment):
    code = f"NAME = {name!r}" + SCRIPT + code
    return Command(name=name, arguments=[sys.executable, "-c", code], grace_seconds=grace_seconds, **treatment)

try:
    with Supervisor() as supervisor:
        LINES
except AppError as error:
    sys.exit(error.message)
"""
#: How each child begins: it notes its process id where the test finds it. The rename makes the note appear whole.
SCRIPT = """
import os, signal, subprocess, sys, threading, time
from pathlib import Path
from app.processes.supervision import lifeline
def note(name, number):
    Path(name + ".new").write_text(str(number))
    Path(name + ".new").rename(name + ".pid")
def leave(*_):
    with open("order", "a") as order:
        order.write(NAME + " ")
    sys.exit(0)
"""
#: A child as Jobdeck's are: it watches its parent and ends at SIGTERM.
OBEDIENT = (
    "signal.signal(signal.SIGTERM, leave); lifeline.watch_parent(); note(NAME, os.getpid()); threading.Event().wait()"
)
#: A child that ends only by force.
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); note(NAME, os.getpid()); threading.Event().wait()"


@dataclass(frozen=True, kw_only=True)
class Running:
    """A supervisor in a process of its own, with `folder` as its working folder."""

    process: subprocess.Popen[str]
    folder: Path

    def pid(self, name: str) -> int:
        """Wait for the child `name` to start and return its process id."""
        return int(self.note(f"{name}.pid"))

    def note(self, name: str) -> str:
        """Wait for the file `name` and return what is in it."""
        file = self.folder / name
        until(lambda: file.exists() or self.process.poll() is not None)
        assert file.exists(), self.process.communicate()[1]
        return file.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=patient(20))


Supervise = Callable[..., Running]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    """Run a supervisor that executes `lines`. After the test it and all its children are gone, whatever happened."""
    with contextlib.ExitStack() as cleanup:

        def start(*lines: str) -> Running:
            code = DRIVER.replace("LINES", "\n        ".join(lines)).replace("SCRIPT", repr(SCRIPT))
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            process = subprocess.Popen(
                [sys.executable, "-c", code], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
            )
            cleanup.callback(end_family, process)
            return Running(process=process, folder=tmp_path)

        yield start


def script_command(name: str, code: str) -> str:
    """Write the code of a command that runs more than a child's beginning."""
    beginning = SCRIPT + "from app.processes.supervision import forking\n" + code
    return f"Command(name={name!r}, arguments=[sys.executable, '-c', {beginning!r}], grace_seconds=3.0)"


def end_family(process: subprocess.Popen[str]) -> None:
    """Kill a process and all it started."""
    family = children(process.pid)
    process.kill()
    process.communicate()
    kill(family)


def children(pid: int) -> list[psutil.Process]:
    """Return all descendants of a process, none if it is gone."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def answers(path: Path) -> bool:
    """Say whether a server answers PING on a unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16) == b"+PONG\r\n"
        except OSError:
            return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_children(supervise: Supervise, number: int) -> None:
    running = supervise(
        f"supervisor.start([script('one', {OBEDIENT!r}), script('two', {OBEDIENT!r})])", "supervisor.run()"
    )
    one, two = running.pid("one"), running.pid("two")

    assert running.stop(number) == 0

    assert is_gone(one)
    assert is_gone(two)


def test_children_are_stopped_in_their_order(supervise: Supervise) -> None:
    running = supervise(
        f"supervisor.start([script('worker', {OBEDIENT!r}, stop_order=1)])",
        f"supervisor.start([script('web', {OBEDIENT!r}, stop_order=2)])",
        "supervisor.run()",
    )
    running.pid("worker"), running.pid("web")

    running.stop()

    assert (running.folder / "order").read_text() == "web worker "


def test_a_child_that_is_not_urgent_waits_for_its_turn(supervise: Supervise) -> None:
    late = f"lifeline.wait_for_turn(); {OBEDIENT}"
    running = supervise(
        f"supervisor.start([script('late', {late!r}, is_urgent=False), script('one', {OBEDIENT!r})])",
        "supervisor.wait_until(Path('one.pid').exists, what='one', timeout_seconds=20)",
        "Path('early').write_text(str(Path('late.pid').exists()))",
        "supervisor.give_turns()",
        "supervisor.run()",
    )

    running.pid("late")

    assert running.note("early") == "False"


def test_a_child_that_crashes_is_started_again(supervise: Supervise) -> None:
    running = supervise(f"supervisor.start([script('one', {OBEDIENT!r})])", "supervisor.run()")
    first = running.pid("one")
    (running.folder / "one.pid").unlink()

    os.kill(first, signal.SIGKILL)

    assert running.pid("one") != first


def test_a_child_that_was_forked_and_crashes_is_forked_again_also_by_another_template(supervise: Supervise) -> None:
    if not Template.is_possible():
        missing("Only Linux lets another process adopt a child.")
    template = script_command("template", "exec(forking.wait_to_be_forked()[-1])")
    running = supervise(
        f"commands = [script('one', {OBEDIENT!r}), script('two', {OBEDIENT!r})]",
        f"supervisor.start(commands, template=supervisor.load({template}, commands))",
        "supervisor.run()",
    )
    first, other = running.pid("one"), running.pid("two")
    (running.folder / "one.pid").unlink()
    forker = next(one for one in children(running.process.pid) if "wait_to_be_forked" in command_of(one))

    forker.kill()
    os.kill(first, signal.SIGKILL)

    again = running.pid("one")
    assert psutil.Process(again).ppid() == running.process.pid
    assert running.stop() == 0
    assert all(map(is_gone, (again, other)))
    assert not children(running.process.pid)


def test_what_a_crashed_child_had_started_is_killed(supervise: Supervise) -> None:
    child = f"note('helper', subprocess.Popen(['sleep', '1000']).pid)\n{OBEDIENT}"
    running = supervise(f"supervisor.start([script('one', {child!r})])", "supervisor.run()")
    helper = running.pid("helper")

    os.kill(running.pid("one"), signal.SIGKILL)

    until(lambda: is_gone(helper))


def test_a_child_that_ignores_the_signal_is_killed_after_its_grace(supervise: Supervise) -> None:
    running = supervise(f"supervisor.start([script('one', {STUBBORN!r}, grace_seconds=0.2)])", "supervisor.run()")
    child = running.pid("one")

    assert running.stop() == 0

    assert is_gone(child)


def test_a_second_interrupt_does_not_wait_for_the_grace(supervise: Supervise) -> None:
    running = supervise(
        f"supervisor.start([script('busy', {STUBBORN!r}, grace_seconds=1000)])",
        f"supervisor.start([script('web', {OBEDIENT!r}, stop_order=1)])",
        "supervisor.run()",
    )
    busy, web = running.pid("busy"), running.pid("web")
    running.process.send_signal(signal.SIGINT)
    until(lambda: is_gone(web))

    assert running.stop(signal.SIGINT) == 0

    assert is_gone(busy)


def test_children_stop_by_themselves_when_the_supervisor_is_killed(supervise: Supervise, tmp_path: Path) -> None:
    running = supervise(
        "supervisor.start([private_valkey(Path.cwd()).command()])",
        f"supervisor.start([script('one', {OBEDIENT!r}), script('two', 'lifeline.watch_parent();' + {STUBBORN!r})])",
        "supervisor.run()",
    )
    running.pid("one"), running.pid("two")
    until(lambda: answers(tmp_path / "valkey.sock"))
    family = children(running.process.pid)

    running.process.kill()

    # What the contract promises: gone within 5 s, here with room for a busy machine.
    until(lambda: all(is_gone(child.pid) for child in family), seconds=10)
    assert len(family) >= 4


def test_a_child_whose_settings_are_wrong_ends_the_start(supervise: Supervise) -> None:
    running = supervise(
        f"supervisor.start([script('one', 'sys.exit(2)'), script('two', {OBEDIENT!r})])", "supervisor.run()"
    )

    _, errors = running.process.communicate(timeout=patient(20))

    assert running.process.returncode == 1
    assert "one cannot run; its last lines say why." in errors


def test_a_child_that_crashes_until_the_end_of_patience_ends_the_start(supervise: Supervise) -> None:
    running = supervise(
        "supervisor.start([script('one', 'sys.exit(\"no such table\")')])",
        "supervisor.wait_until(lambda: False, what='It', timeout_seconds=60, max_crashes=2)",
    )

    _, errors = running.process.communicate(timeout=patient(20))

    assert running.process.returncode == 1
    assert "one       | no such table" in errors
    assert "one ended 2 times before it was ready" in errors


def test_valkey_is_started_again_on_the_same_socket_and_leaves_with_the_supervisor(supervise: Supervise) -> None:
    folder = f"Path.cwd() / {'deep folder ' * 12!r}"  # longer than a socket's path may be
    running = supervise(
        f"folder = {folder}; folder.mkdir()",
        "server = private_valkey(folder); supervisor.start([server.command()])",
        "assert supervisor.wait_until(server.is_ready, what='Valkey', timeout_seconds=20)",
        "Path('socket.new').write_text(str(server.socket_path)); Path('socket.new').rename('socket')",
        "supervisor.run()",
    )
    path = Path(running.note("socket"))
    server = next(child for child in children(running.process.pid) if "valkey-server" in command_of(child))

    server.kill()

    until(lambda: is_gone(server.pid))
    until(lambda: answers(path))
    again = next(child for child in children(running.process.pid) if "valkey-server" in command_of(child))
    assert again.pid != server.pid
    assert running.stop() == 0
    assert not answers(path)
    assert is_gone(again.pid)
    path.parent.rmdir()
