"""Starting and stopping the real thing: what a person in front of a terminal sees, and that nothing is left behind."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app.processes.supervision.instance import find
from tests.e2e.instance import PROCESSES, ROOT, THREADS, Instance
from tests.patience import patient
from tests.processes import command_of


def run_beside(instance: Instance, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `main.py` to its end, told of the same database, on the same data folder unless another one is given."""
    command = [sys.executable, str(ROOT / "main.py"), *arguments, "--data-dir", str(folder or instance.data_dir)]
    return subprocess.run(
        command, env=instance.environment, capture_output=True, text=True, timeout=patient(60), check=False
    )


def parent_of(instance: Instance) -> psutil.Process:
    """Return the process that started all the others."""
    found = find(instance.data_dir)
    assert found is not None
    return psutil.Process(found.pid)


def test_each_process_shows_its_role_in_its_command_line(mended: Instance) -> None:
    mended.wait_until_ready()

    lines = [command_of(child) for child in parent_of(mended).children()]

    counts = {role: sum(f"main.py {role}" in line for line in lines) for role in ("worker", "web", "scheduler")}
    assert counts == {"worker": PROCESSES, "web": 1, "scheduler": 1}


def test_what_is_printed_when_ready_is_the_page_the_folder_the_jobs_and_how_to_stop(instance: Instance) -> None:
    printed = instance.printed()

    assert printed.count("Jobdeck is running.") == 1
    assert f"Page    http://127.0.0.1:{instance.port}\n" in printed
    assert f"Data    {instance.data_dir}\n" in printed
    assert re.search(r"^  Jobs    app/jobs \(\d+ files\)", printed, re.MULTILINE)
    assert "Stop    Ctrl-C" in printed


def test_second_start_on_the_same_folder_says_where_the_first_one_is(instance: Instance) -> None:
    second = run_beside(instance, "--no-open")

    assert second.returncode == 1
    where = f"at http://127.0.0.1:{instance.port} (process {parent_of(instance).pid})"
    assert second.stderr.startswith(f"Jobdeck already runs {where} on the data folder {instance.data_dir}.")


def test_a_given_port_that_is_taken_stops_the_start(instance: Instance, tmp_path: Path) -> None:
    other = run_beside(instance, "--no-open", "--port", str(instance.port), folder=tmp_path)

    assert other.returncode == 1
    assert other.stderr.startswith(f"Port {instance.port} is taken by another program.")


def test_doctor_finds_a_running_instance_well(mended: Instance) -> None:
    mended.wait_until_ready()

    report = run_beside(mended, "doctor")

    assert report.returncode == 0, report.stdout
    assert {line.split()[0] for line in report.stdout.splitlines()} == {"ok"}
    assert f"{PROCESSES} alive with {PROCESSES * THREADS} threads" in report.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_child_outlives_the_parent(own_instance: Instance, number: signal.Signals) -> None:
    own_instance.run()
    parent = parent_of(own_instance)
    family = parent.children(recursive=True)

    parent.send_signal(number)

    # The promise is 5 s; the rest is for a machine that does much else.
    _, left = psutil.wait_procs([parent, *family], timeout=patient(15))
    assert left == []
    assert find(own_instance.data_dir) is None
    own_instance.kill_all()
