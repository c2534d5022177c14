"""`run_command` on real commands: output, outcome, folder, environment, and every way to end it."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from app.db import State
from app.db.clock import now
from app.db.queries import details, jobs
from app.errors import Forbidden, InvalidInput
from app.jobs.run_command import run_command
from app.jobs.run_command.output import BURST_LINES, LINES_PER_SECOND, MAX_LINE_BYTES, TAIL_LINES, Lines, Throttle
from app.queue import JobError, cancel, registry, start
from app.queue.acts.starting import StartOptions
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.waiting import until


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("name", ["./script", "script"])
def test_script_when_its_interpreter_is_missing_is_not_called_missing_itself(name: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)

    with pytest.raises(JobError, match=f"^{name} is there, but the interpreter that runs it is not"):
        run_command.run_inline(name, folder=tmp_path, environment=[f"PATH={tmp_path}"])


def test_output_is_logged_line_by_line_with_errors_as_warnings() -> None:
    run = run_command.run_inline("echo one; echo two; echo trouble >&2; printf three", shell=True)

    assert run.result == "exit status 0"
    assert [line.text for line in run.log_lines if line.level == "info"] == ["one", "two", "three"]
    assert [line.text for line in run.log_lines if line.level == "warning"] == ["trouble"]
    assert run.progress.done is None


def test_another_exit_status_fails_with_the_last_line() -> None:
    with pytest.raises(JobError, match=re.escape("exit status 3: no such table")):
        run_command.run_inline("echo fine; echo no such table >&2; exit 3", shell=True)


def test_a_signal_that_ended_it_is_named() -> None:
    with pytest.raises(JobError, match="the signal SIGKILL"):
        run_command.run_inline("kill -KILL $$", shell=True)


def test_without_a_shell_nothing_is_expanded() -> None:
    assert run_command.run_inline("echo '$HOME' * | cat").log == ["$HOME * | cat"]


def test_folder_and_environment_are_used(tmp_path: Path) -> None:
    command = "pwd; echo $GREETING $EMPTY."
    run = run_command.run_inline(command, tmp_path, ["GREETING=hello = you", "EMPTY="], shell=True)

    assert run.log == [str(tmp_path), "hello = you ."]


def test_the_secret_key_is_not_given_to_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBDECK_SECRET_KEY", "k" * 32)

    assert not [line for line in run_command.run_inline("env").log if line.startswith("JOBDECK_")]


def test_bytes_that_are_no_text_and_escapes_for_terminals_are_shown_as_text() -> None:
    run = run_command.run_inline(r"printf '\377\033[31mred\033[0m\000\n10%%\r 50%%\r100%%\r\n'", shell=True)

    assert run.log == ["\ufffdred␀", "100%"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"command": "no-such-program --help"}, "There is no program no-such-program on the worker's PATH."),
        ({"command": "./no-such-program"}, "There is no program ./no-such-program."),
        ({"command": "/etc/passwd"}, "/etc/passwd may not be run here"),
        ({"command": "ls", "folder": Path("/no/such/folder")}, "There is no folder /no/such/folder."),
        ({"command": "ls", "folder": Path("~nobody-of-this-name/x")}, "There is no folder ~nobody"),
        ({"command": "echo 'half"}, "The command line cannot be read: No closing quotation."),
        ({"command": "   "}, "The command line is empty."),
        ({"command": "# a comment", "shell": False}, "There is no program #"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_sentence(params: dict[str, object], said: str) -> None:
    with pytest.raises(JobError, match=re.escape(said)):
        run_command.run_inline(**params)  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize(
    "params",
    [
        {"command": ""},
        {"command": "ls", "environment": ["no equals sign"]},
        {"command": "ls", "environment": ["1=2"]},
        {"command": "ls", "timeout": timedelta(0)},
    ],
)
def test_params_that_do_not_fit_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        run_command.run_inline(**params)  # type: ignore[arg-type]  # a test's shorthand


def test_the_time_limit_ends_the_whole_group(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=re.escape("longer than its time limit of 0.3 s")):
        run_command.run_inline("sleep 1000 & echo $! > pid; wait", tmp_path, timeout=timedelta(seconds=0.3), shell=True)

    until(lambda: is_gone(int((tmp_path / "pid").read_text())))


def test_what_a_command_leaves_in_the_background_ends_with_it(tmp_path: Path) -> None:
    run = run_command.run_inline("sleep 1000 & echo $! > pid", tmp_path, shell=True)

    assert run.log == ["What it left running in the background was ended."]
    until(lambda: is_gone(int((tmp_path / "pid").read_text())))


def test_a_command_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    run_command.run_inline("exec >&- 2>&-; sleep 0.3; touch done", tmp_path, shell=True)

    assert (tmp_path / "done").exists()


def test_it_is_off_until_the_setting_allows_it(room: Path) -> None:
    registry.add(run_command)

    with pytest.raises(Forbidden) as caught:
        start("run_command", {"command": "ls"}, by=ME)
    assert caught.value.status_code == 403
    assert registry.off_because(run_command) == "Off. To allow it, start Jobdeck with JOBDECK_ALLOW_COMMANDS=1."

    registry.switched_on = frozenset({"allow_commands"})
    assert start("run_command", {"command": "ls"}, by=ME).state is State.QUEUED


def test_a_job_from_when_it_was_allowed_does_not_run(room: Path, run_worker: Callable[..., WorkerLife]) -> None:
    registry.add(run_command)
    registry.switched_on = frozenset({"allow_commands"})
    run_worker()
    at = now() + timedelta(seconds=0.3)
    job = start("run_command", {"command": "touch ran", "folder": str(room)}, order=StartOptions(run_at=at), by=ME)

    registry.switched_on = frozenset()

    until(lambda: jobs.get_job(job.id).state.is_finished)
    ended = jobs.get_job(job.id)
    assert (ended.state, ended.error and ended.error.message) == (State.FAILED, "Run a command is off here.")
    assert not (room / "ran").exists()


def test_cancelling_ends_the_whole_group(room: Path, run_worker: Callable[..., WorkerLife]) -> None:
    registry.add(run_command)
    registry.switched_on = frozenset({"allow_commands"})
    run_worker()
    command = "trap 'echo last words; exit' TERM; sleep 1000 & echo $! > pid.new; mv pid.new pid; wait"
    job = start("run_command", {"command": command, "folder": str(room), "shell": True}, by=ME)
    until((room / "pid").exists)

    cancel(job.id, by=ME)

    until(lambda: jobs.get_job(job.id).state is State.CANCELLED)
    until(lambda: is_gone(int((room / "pid").read_text())))
    assert [line.text for line in details.list_log(job.id)] == ["last words"]


def test_no_thread_or_process_is_left_behind() -> None:
    before = (threading.active_count(), psutil.Process().children())
    run_command.run_inline("true")
    assert (threading.active_count(), psutil.Process().children()) == before


def lines_of(*chunks: bytes) -> list[str]:
    written: list[str] = []
    lines = Lines(written.append)
    for chunk in chunks:
        lines.feed(chunk)
    lines.close()
    return written


def test_lines_are_put_together_across_reads() -> None:
    assert lines_of(b"on", b"e\ntw", b"", b"o", b"\n\nthree") == ["one", "two", "", "three"]
    assert lines_of(b"10%\r", b"20%\r", b"30%\r", b"\n", b"a\r\n", b"b\r", b"\n") == ["30%", "a", "b"]


def test_a_very_long_line_is_cut_and_takes_no_memory() -> None:
    [line] = lines_of(*[b"x" * 65_536] * 64)
    assert line == "x" * MAX_LINE_BYTES + " …"


def test_what_comes_too_fast_is_left_out_but_for_the_last_lines() -> None:
    logged: list[str] = []
    at = 0.0
    throttle = Throttle(lambda text, _level: logged.append(text), clock=lambda: at)
    for number in range(BURST_LINES + 1000):
        throttle.write(str(number), "info")
    assert logged[-1] == str(BURST_LINES - 1)

    at += (TAIL_LINES + 1) / LINES_PER_SECOND
    throttle.tick()

    last = [str(BURST_LINES + number) for number in range(1000 - TAIL_LINES, 1000)]
    assert logged[BURST_LINES:] == ["… 800 lines left out: they came faster than a log can take …", *last]
