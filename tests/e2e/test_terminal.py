"""`python main.py start` in a pseudo-terminal and in a pipe, with an instance that runs and without one."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import Commands
from tests.e2e.databases import NewDatabase
from tests.waiting import until

JOBS = '''
import time
from pathlib import Path
from app.queue import JobContext, Secret, UploadedFile, job


@job(max_retries=0, grace=60)
def greet(ctx: JobContext, names: list[str], pause: float = 0.0, gates: Path | None = None) -> str:
    """Greet everyone, and wait after each for a file of that name. Meanwhile it asks nothing."""
    for name in ctx.track(names, message="Greeting"):
        ctx.log(f"Hello {name}.")
        time.sleep(pause)
        while gates is not None and not (gates / name).exists():
            time.sleep(0.05)
    ctx.attach("names.txt", " ".join(names))
    return f"{len(names)} greeted"


@job(max_retries=0, grace=0)
def wait(ctx: JobContext, gate: Path) -> None:
    """Wait for a file."""
    ctx.log("Waiting.")
    while not gate.exists():
        ctx.progress(0)
        time.sleep(0.05)


@job(max_retries=1, retry_delay=0)
def stumble(ctx: JobContext) -> None:
    """Fail."""
    raise ValueError("it broke")


@job(max_retries=0)
def unlock(ctx: JobContext, file: UploadedFile, password: Secret) -> str:
    """Unlock."""
    return f"{file.name} {file.path.read_text()} {len(password.get_secret_value())}"
'''
ERASE = "\r\x1b[2K"


@pytest.fixture
def alone(tmp_path: Path, new_database: NewDatabase) -> Iterator[Commands]:
    """A data folder on which nothing runs."""
    with new_database() as url, contextlib.closing(Commands(tmp_path, JOBS, database_url=url)) as commands:
        yield commands


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[Commands]:
    """A data folder on which an instance runs, one for all tests."""
    folder = tmp_path_factory.mktemp("running")
    with new_database() as url, contextlib.closing(Commands(folder, JOBS, database_url=url)) as commands:
        commands.run_instance()
        yield commands


def test_a_job_is_followed_in_a_terminal_of_a_running_instance(running: Commands, tmp_path: Path) -> None:
    terminal = running.in_terminal("greet", 'names=["Ada", "Bob", "Cy"]', f"gates={tmp_path}")
    terminal.wait_for("Hello Ada.")
    (tmp_path / "Ada").touch()
    terminal.wait_for("33% 1 of 3")
    for name in ("Bob", "Cy"):
        (tmp_path / name).touch()

    assert terminal.status() == 0

    output = terminal.output
    assert re.search(r"Greet, job #\d+ http://127\.0\.0\.1:\d+/jobs/\d+", output)
    assert re.search(r"Greeting ━+─+ 33% 1 of 3", output)
    assert f"{ERASE}Hello Cy.\r\n" in output  # the line of the progress stood there
    assert re.search(r"\x1b\[32mJob #\d+ succeeded after \d", output)
    assert "3 greeted\r\n" in output
    assert re.search(r"names\.txt \(10 bytes\): http://\S+/artifacts/names\.txt", output)


def test_in_a_pipe_there_are_plain_lines(running: Commands) -> None:
    done = running.in_pipe("greet", 'names=["Ada"]')

    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "Hello Ada." in done.stdout.splitlines()
    assert "1 greeted" in done.stdout.splitlines()


def test_a_failed_job_ends_with_1_and_its_traceback(running: Commands) -> None:
    failed = running.in_pipe("stumble")

    assert failed.returncode == 1
    assert "Attempt 1 failed: ValueError: it broke" in failed.stdout
    assert 'raise ValueError("it broke")' in failed.stderr
    assert re.search(r"Job #\d+ failed in attempt 2 of 2 after [\d.]+ s: it broke\n$", failed.stderr)


def test_bad_input_ends_with_2_and_names_the_parameter(running: Commands) -> None:
    bad = running.in_pipe("greet", "names=Ada", "pause=long")
    unknown = running.in_pipe("gret")

    assert (bad.returncode, bad.stdout) == (2, "")
    assert "  names: Enter a list as JSON" in bad.stderr
    assert "  pause: Enter a number.\n" in bad.stderr
    assert (unknown.returncode, unknown.stderr) == (2, "There is no kind named 'gret'. Did you mean greet?\n")


def test_a_job_file_that_is_broken_is_said_before_all_else(alone: Commands) -> None:
    alone.job_file.write_text("1 / 0\n")

    lost = alone.in_pipe("greet")
    shipped = alone.in_pipe("find_duplicates", "fold=/")

    broken = f"{alone.job_file} was not loaded: greetings.py, line 1: ZeroDivisionError: division by zero\n"
    assert lost.stderr.startswith(f"{broken}There is no kind named 'greet'. Known are ")
    assert shipped.stderr.startswith(f"{broken}Some values do not fit.\n")


def test_ctrl_c_asks_the_job_to_stop_and_waits_for_it(running: Commands) -> None:
    terminal = running.in_terminal("greet", f"names={['Ada'] * 100}".replace("'", '"'), "pause=0.2")
    terminal.wait_for("Hello Ada.")

    terminal.type("\x03")

    assert terminal.status() == 3
    assert "is asked to stop. Ctrl-C again leaves it." in terminal.output
    assert re.search(r"Job #\d+ was cancelled after", terminal.output)


def test_a_second_ctrl_c_leaves_the_job(running: Commands, tmp_path: Path) -> None:
    terminal = running.in_terminal("greet", 'names=["Ada"]', f"gates={tmp_path}")
    terminal.wait_for("Hello Ada.")

    terminal.type("\x03")
    terminal.wait_for("Ctrl-C again leaves it.")
    terminal.type("\x03")

    assert terminal.status() == 130
    assert re.search(r"Job #\d+ is left: it was asked to stop, and goes on until it does\.", terminal.output)
    (tmp_path / "Ada").touch()
    until(lambda: running.state_of("greet") == "cancelled", seconds=30)


def test_a_second_ctrl_c_ends_at_once_what_was_started_for_the_job(alone: Commands) -> None:
    terminal = alone.in_terminal("greet", 'names=["Ada"]', "pause=60")
    terminal.wait_for("Hello Ada.")

    terminal.type("\x03")
    terminal.wait_for("Ctrl-C again leaves it.")
    terminal.type("\x03")

    assert terminal.status() == 130
    assert re.search(r"Job #\d+ is left: it was asked to stop, and its worker was stopped", terminal.output)


def test_a_file_is_uploaded_and_a_secret_read_from_a_pipe(running: Commands) -> None:
    (running.folder / "door.txt").write_text("oak")

    done = running.in_pipe("unlock", "file=door.txt", typed="sesame\n")

    assert done.returncode == 0, done.stderr
    assert "door.txt oak 6\n" in done.stdout


def test_a_secret_is_asked_for_without_echo(running: Commands) -> None:
    (running.folder / "door.txt").write_text("oak")
    terminal = running.in_terminal("unlock", "file=door.txt")
    terminal.wait_for("Password: ")

    terminal.type("sesame\n")

    assert terminal.status() == 0
    assert "door.txt oak 6" in terminal.output
    assert "sesame" not in terminal.output


def test_without_waiting_the_id_is_printed_and_the_job_runs(running: Commands) -> None:
    started = running.in_pipe("greet", "--no-wait", 'names=["Dee"]')

    assert (started.returncode, started.stderr) == (0, "")
    assert re.fullmatch(r"\d+\n", started.stdout)


def test_a_kind_the_instance_does_not_know_is_refused(running: Commands) -> None:
    (running.folder / "other.py").write_text(
        "from app.queue import JobContext, job\n@job\ndef wave(ctx: JobContext) -> None:\n    'Wave.'\n"
    )

    refused = running.in_pipe("wave", jobs="other.py")

    assert refused.returncode == 2
    assert "which the Jobdeck that runs" in refused.stderr


def test_where_nothing_runs_what_is_needed_is_started_and_stopped_again(alone: Commands) -> None:
    terminal = alone.in_terminal("greet", 'names=["Ada"]')

    assert terminal.status() == 0
    assert "1 greeted\r\n" in terminal.output
    assert "names.txt (3 bytes): kept with the job" in terminal.output
    until(lambda: not alone.processes())


def test_without_waiting_where_nothing_runs_the_job_waits_for_the_next_start(alone: Commands) -> None:
    stored = alone.in_pipe("greet", 'names=["Ada"]', "--no-wait")

    assert (stored.returncode, stored.stdout) == (0, "1\n")
    assert stored.stderr == f"Nothing runs on {alone.data}: job #1 is stored and waits for the next start.\n"
    assert not alone.processes()

    gate = alone.folder / "gate"
    next_one = alone.in_terminal("wait", f"gate={gate}")
    until(lambda: alone.state_of("greet") == "succeeded", seconds=60)
    gate.touch()
    assert next_one.status() == 0


def test_a_second_terminal_goes_on_when_the_first_ends(alone: Commands) -> None:
    gates = [alone.folder / "one", alone.folder / "two"]
    first = alone.in_terminal("wait", f"gate={gates[0]}")
    first.wait_for("Waiting.")
    second = alone.in_terminal("wait", f"gate={gates[1]}")
    second.wait_for("Waiting.")

    gates[0].touch()

    assert first.status() == 0
    until(lambda: second.wait_for("Waiting.").count("Waiting.") == 2, seconds=60)  # on a worker of its own
    gates[1].touch()
    assert second.status() == 0
    until(lambda: not alone.processes())
