"""`main.py` as a person runs it: on a data folder of its own, in a pseudo-terminal, in a pipe, or all of it."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from app.settings import PREFIX
from tests.e2e.databases import database_of
from tests.patience import patient
from tests.ports import free_port
from tests.waiting import until

MAIN = Path(__file__).parents[2] / "main.py"
#: Makes its standard input the terminal of its session, so that a Ctrl-C typed there is a SIGINT, and goes on.
IN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A command in a pseudo-terminal of its own."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        self._end, child_end = os.openpty()
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", IN_TERMINAL, *command],
            stdin=child_end,
            stdout=child_end,
            stderr=child_end,
            start_new_session=True,
            env={**environment, "TERM": "xterm", "COLUMNS": "100"},
            cwd=folder,
        )
        os.close(child_end)

    def wait_for(self, text: str) -> str:
        """Wait until the output has `text`, and return the output."""
        until(lambda: text in self._read(), seconds=60)
        return self.output

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._end, keys.encode())

    def status(self) -> int:
        """Wait for the end and return the exit status."""
        until(lambda: self._read() is not None and self.process.poll() is not None, seconds=60)
        self._read()
        assert self.process.returncode is not None
        return self.process.returncode

    def close(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    def _read(self) -> str:
        while select.select([self._end], [], [], 0)[0]:
            try:
                more = os.read(self._end, 65536)
            except OSError:  # Linux: the other end was closed
                break
            if not more:
                break
            self.output += more.decode()
        return self.output


class Commands:
    """`main.py` on one data folder with one job file."""

    def __init__(self, folder: Path, jobs: str, *, database_url: str | None) -> None:
        """`jobs`: what is in the job file; `database_url` is for PostgreSQL."""
        self.folder = folder
        self.job_file = folder / "greetings.py"
        self.data = folder / "data"
        self._cleanup = contextlib.ExitStack()
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._environment.pop("NO_COLOR", None)
        if database_url is not None:
            self._environment[f"{PREFIX}DATABASE_URL"] = database_url
        self._database = database_of(self.data, database_url)
        self.job_file.write_text(jobs)

    def command(self, *arguments: str, jobs: str = "greetings.py") -> list[str]:
        """Return a command line."""
        return [sys.executable, str(MAIN), *arguments, "--data-dir", str(self.data), "--jobs", jobs]

    def in_terminal(self, *arguments: str) -> Terminal:
        """Run `main.py start` in a terminal."""
        terminal = Terminal(self.command("start", *arguments), self._environment, self.folder)
        self._cleanup.callback(terminal.close)
        return terminal

    def in_pipe(
        self, *arguments: str, typed: str = "", jobs: str = "greetings.py"
    ) -> "subprocess.CompletedProcess[str]":
        """Run `main.py start` without a terminal until its end."""
        command = self.command("start", *arguments, jobs=jobs)
        return subprocess.run(
            command,
            input=typed,
            capture_output=True,
            text=True,
            timeout=patient(90),
            check=False,
            env=self._environment,
            cwd=self.folder,
        )

    def run_instance(self, *arguments: str) -> "subprocess.Popen[str]":
        """Run everything, and return when it is ready."""
        options = ["--no-open", "--port", str(free_port()), "--processes", "1", "--threads", "2", *arguments]
        log = self._cleanup.enter_context((self.folder / "instance.txt").open("w"))
        process = subprocess.Popen(
            self.command(*options), env=self._environment, cwd=self.folder, stdout=log, stderr=log, text=True
        )
        self._cleanup.callback(stop, process)
        until(lambda: "Jobdeck is running." in self.instance_output() or process.poll() is not None, seconds=90)
        assert process.poll() is None, self.instance_output()
        return process

    def start_again(self, *options: str) -> "subprocess.CompletedProcess[str]":
        """Start all of it a second time, and wait for the end."""
        return subprocess.run(
            [sys.executable, str(MAIN), *options, "--data-dir", str(self.data)],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=patient(60),
            check=False,
        )

    def instance_output(self) -> str:
        """Return what the instance wrote so far."""
        return (self.folder / "instance.txt").read_text()

    def state_of(self, kind: str) -> str | None:
        """Return the state of the newest job of a kind, as the database has it."""
        return self._database.state_of(kind)

    def processes(self) -> list[psutil.Process]:
        """Return all processes of this data folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if str(self.data) in " ".join(process.cmdline()) or process.environ().get(f"{PREFIX}DATA_DIR") == str(
                    self.data
                ):
                    found.append(process)
        return found

    def close(self) -> None:
        """End all of it."""
        self._cleanup.close()
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()


def stop(process: "subprocess.Popen[str]") -> None:
    """Stop an instance in good order, else by force."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=patient(30))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
