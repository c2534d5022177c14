"""`run_command` on real commands: output, outcome, folder, environment, and every way to end it."""

import re
import shlex
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from app.db import State
from app.db.queries import details, jobs
from app.errors import Forbidden, InvalidInput
from app.jobs.run_command import following, run_command
from app.queue import JobContext, JobError, cancel, registry, start
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.patience import patient
from tests.processes import is_gone
from tests.waiting import until


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


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("kill -KILL $$", "The command ended with the signal SIGKILL."),
        ("sleep 1000 & kill -TERM $!; wait $!; exit $?", "exit status 143, which is SIGTERM to a shell"),
        ("exit 250", "The command ended with exit status 250."),
    ],
)
def test_a_signal_that_ended_it_is_named(command: str, said: str) -> None:
    with pytest.raises(JobError, match=re.escape(said)):
        run_command.run_inline(command, shell=True)


def test_a_command_has_no_input_and_may_be_cut_off_at_a_pipe_as_in_a_terminal() -> None:
    assert run_command.run_inline("cat; yes | head -n 1", shell=True).log == ["y"]


@pytest.mark.parametrize(("before", "in_order"), [("exec 2>&1;", False), ("", True)])
def test_two_streams_made_one_keep_their_order(before: str, in_order: bool) -> None:
    line = "echo out; echo err >&2; "

    run = run_command.run_inline(f"{before} {line * 50}", shell=True, in_order=in_order)

    assert run.log == ["out", "err"] * 50
    assert {line.level for line in run.log_lines} == {"info"}


def test_in_order_another_exit_status_fails_with_the_last_line_of_either() -> None:
    with pytest.raises(JobError, match=re.escape("exit status 3: no such table")):
        run_command.run_inline("echo fine; echo no such table >&2; exit 3", shell=True, in_order=True)


def test_a_bar_that_is_drawn_again_and_again_is_the_jobs_bar_and_one_line_of_its_log() -> None:
    run = run_command.run_inline(
        r"printf 'Loading: 0/8\r'; printf 'Loading: 4/8\r'; printf 'Loading: 6/8\n'", shell=True
    )

    assert run.log == ["Loading: 6/8"]
    assert (run.progress.done, run.progress.total, run.progress.message) == (6, 8, "Loading: 6/8")


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
    limit = timedelta(seconds=patient(1.5))  # by then it has begun
    with pytest.raises(JobError, match=r"longer than its time limit of [\d.]+ s"):
        run_command.run_inline("sleep 1000 & echo $! > pid; wait", tmp_path, timeout=limit, shell=True)

    until(lambda: is_gone(int((tmp_path / "pid").read_text())))


def test_the_sleep_of_the_machine_does_not_count_against_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awake = iter([time.monotonic()])

    def clock() -> float:
        return next(awake, time.monotonic() + 75)

    monkeypatch.setattr(following, "time", SimpleNamespace(monotonic=clock))

    assert run_command.run_inline("sleep 0.2", tmp_path, timeout=timedelta(seconds=20)).result == "exit status 0"


@pytest.mark.parametrize(
    "start_it",
    [
        "sleep 1000 &",
        "nohup sleep 1000 > /dev/null 2>&1 &",
        "setsid sleep 1000 &",
        "setsid nohup sleep 1000 < /dev/null > /dev/null 2>&1 &",
    ],
)
def test_what_a_command_leaves_running_is_ended_and_named(
    start_it: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LEFT_BEHIND_SECONDS", 0.1)

    run = run_command.run_inline(f"{start_it} echo $! > pid", tmp_path, shell=True)

    pid = int((tmp_path / "pid").read_text())
    [line] = run.log  # a shell that has not come to `sleep` yet is still called sh, or by what it runs on the way
    assert re.fullmatch(rf"What it left running was ended: (sleep|sh|dash|bash|nohup|setsid) \(process {pid}\)\.", line)
    assert is_gone(pid)


#: Becomes a daemon as in the books: no parent, no session, no folder, no variables, no output.
DAEMON = """
import os, sys, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.chdir("/")
for number in range(3):
    os.close(number)
with open(sys.argv[1], "w") as file:
    file.write(str(os.getpid()))
time.sleep(1000)
"""


@pytest.mark.thorough
def test_a_daemon_is_found(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    command = f"env -i {shlex.join([sys.executable, '-c', DAEMON, str(pid_file)])}; until [ -s {pid_file} ]; do :; done"

    run = run_command.run_inline(command, shell=True)

    pid = int(pid_file.read_text())
    assert [line for line in run.log if f"(process {pid})" in line] == run.log
    assert is_gone(pid)


def test_what_is_about_to_end_by_itself_is_let_do_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LEFT_BEHIND_SECONDS", patient(following.LEFT_BEHIND_SECONDS))
    run = run_command.run_inline("(sleep 0.2; touch done) > /dev/null 2>&1 &", tmp_path, shell=True)

    assert run.log == []
    assert (tmp_path / "done").exists()


@pytest.mark.thorough
def test_what_ignores_being_asked_to_end_is_ended_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "TERMINATED_SECONDS", 0.2)
    stubborn = "(trap '' TERM; while :; do sleep 0.05; done) > /dev/null 2>&1 & echo $! > pid"

    run = run_command.run_inline(stubborn, tmp_path, shell=True)

    pid = int((tmp_path / "pid").read_text())
    assert any(f"sh (process {pid}, by force)" in line for line in run.log)
    assert is_gone(pid)


@pytest.mark.thorough
def test_a_command_that_ignores_the_time_limit_is_ended_by_force_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "TERMINATED_SECONDS", 0.2)
    logged: list[str] = []
    monkeypatch.setattr(JobContext, "log", lambda self, text, level="info": logged.append(text))

    with pytest.raises(JobError, match="longer than its time limit of "):
        run_command.run_inline(
            "trap '' TERM; while :; do sleep 0.05; done", tmp_path, timeout=timedelta(seconds=patient(0.5)), shell=True
        )

    assert logged[0] == "It did not end within 0.2 s of SIGTERM and was ended by force.\n"


def test_a_command_that_ends_its_keeper_ends_with_it(tmp_path: Path) -> None:
    kill_keeper = 'until [ "$(readlink /proc/$PPID/fd/1)" = /dev/null ]; do :; done; kill -KILL $PPID'

    with pytest.raises(JobError, match="the signal SIGKILL"):
        run_command.run_inline(f"echo $$ > pid; {kill_keeper}; sleep 1000", tmp_path, shell=True)

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
    job = start("run_command", {"command": "touch ran", "folder": str(room)}, by=ME)

    registry.switched_on = frozenset()
    run_worker()

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
    before = {*threading.enumerate(), *psutil.Process().children()}
    run_command.run_inline("true")
    assert {*threading.enumerate(), *psutil.Process().children()} <= before  # what tests before left may end meanwhile
