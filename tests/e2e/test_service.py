"""The unit of docs/operating.md as systemd runs it, as it stands there."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.e2e.databases import PostgresDatabase
from tests.e2e.instance import READY_SECONDS, ROOT
from tests.e2e.user_manager import ACCOUNT, NUMBER, UserManager
from tests.waiting import until

WORKER = "jobdeck@worker"


@pytest.fixture
def told(shared: dict[str, str]) -> dict[str, str]:
    """What /etc/jobdeck.env says."""
    small = {"JOBDECK_WORKER_PROCESSES": "1", "JOBDECK_WORKER_THREADS": "1"}
    return {**shared, "JOBDECK_DATA_DIR": "/var/lib/jobdeck", **small}


@pytest.fixture
def manager(told: dict[str, str], tmp_path: Path) -> Iterator[UserManager]:
    """A systemd with the unit, that sees this repository in /opt/jobdeck, the database and Valkey."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    [unit] = re.findall(r"^```ini\n(\[Unit\]\n.*?)^```", page, re.M | re.S)
    assert "User=jobdeck\n" in unit
    folder = tmp_path / "systemd"
    folder.mkdir()
    made = UserManager(folder, units={"jobdeck@.service": unit}, environment=told)
    database = Path(str(make_url(told["JOBDECK_DATABASE_URL"]).query["host"]))
    valkey = Path(told["JOBDECK_REDIS_URL"].removeprefix("unix://"))
    for path in (database, valkey, valkey.parent):
        path.chmod(path.stat().st_mode | (0o777 if path.is_socket() else 0o711))
    python = [Path(sys.base_prefix), (ROOT / ".venv").resolve()]
    with made:
        made.start({ROOT: Path("/opt/jobdeck"), **{path: path for path in (database, valkey.parent, *python)}})
        yield made


@pytest.mark.service
def test_service_is_started_again_after_a_crash_stops_in_order_and_not_again_with_a_wrong_setting(
    manager: UserManager, told: dict[str, str]
) -> None:
    database = PostgresDatabase(told["JOBDECK_DATABASE_URL"])
    manager.control("start", WORKER)
    before = until(database.pids, seconds=READY_SECONDS)
    assert manager.shown(WORKER, "User") == ACCOUNT
    assert manager.accounts(WORKER) == {NUMBER}

    manager.control("kill", "--signal=KILL", "--kill-who=main", WORKER)
    until(lambda: database.pids() - before, seconds=READY_SECONDS)
    assert manager.shown(WORKER, "NRestarts") == "1"

    manager.control("stop", WORKER)
    assert manager.shown(WORKER, "Result") == "success"
    assert manager.shown(WORKER, "ExecMainStatus") == "0"
    assert manager.processes(WORKER) == []

    manager.set({**told, "JOBDECK_WORKER_THREADS": "none"})
    manager.control("start", WORKER)
    assert until(lambda: manager.shown(WORKER, "ActiveState") == "failed")
    assert (manager.shown(WORKER, "ExecMainStatus"), manager.shown(WORKER, "NRestarts")) == ("2", "0")
    assert "JOBDECK_WORKER_THREADS" in manager.printed()
    assert [line for line in manager.printed().splitlines() if "jobdeck@.service:" in line] == []
