"""A process is pointed at what all share before it does anything else."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.db import files
from app.db.sql import engine
from app.processes.connections import connect, connect_with_kinds
from app.queue import registry
from app.queue.params import sealing
from app.queue.transport import sender
from app.settings import Settings

KEY = SecretStr("k" * 40)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave no connection and no kind behind."""
    with registry.isolated():
        yield
    engine.disconnect()
    sender.connect(None)


def settings(folder: Path, **given: object) -> Settings:
    """Return those of a process whose Redis is never asked."""
    return Settings.model_validate(
        {"data_dir": folder, "database_url": f"sqlite:///{folder / 'x.db'}", "secret_key": KEY, **given}
    )


def test_a_process_finds_database_files_secrets_and_lists_where_it_was_told(tmp_path: Path) -> None:
    connect(settings(tmp_path, redis_url="redis://127.0.0.1:1/0"))

    assert engine.engine().url.database == str(tmp_path / "x.db")
    assert files.is_protected(tmp_path / "files" / "one")
    assert sealing.unseal(sealing.seal("open sesame")) == "open sesame"
    assert sender.client() is not None
    assert not (tmp_path / "x.db").exists(), "nothing is opened yet"


def test_the_kinds_of_the_given_files_can_be_started_and_a_broken_file_keeps_none_of_them_away(tmp_path: Path) -> None:
    (tmp_path / "fine.py").write_text(
        "from app.queue import JobContext, job\n\n\n@job\ndef shout(ctx: JobContext) -> None:\n    'Shout.'\n"
    )
    (tmp_path / "broken.py").write_text("import nothing_so_named\n")
    jobs = [str(tmp_path / name) for name in ("broken.py", "fine.py")]

    connect_with_kinds(settings(tmp_path, redis_url="redis://127.0.0.1:1/0", jobs=jobs))

    assert registry.get("shout").title == "Shout"
    assert [Path(one.source).name for one in registry.broken] == ["broken.py"]


AHEAD = """
import os, sys
from pathlib import Path
import psutil
from app.processes import connections, scheduler, worker
from app.queue import registry
from app.settings import load_settings
settings = load_settings(data_dir=Path(sys.argv[1]), redis_url="redis://127.0.0.1:1/0", secret_key="k" * 40)
connections.connect_ahead(settings)
me = psutil.Process()
opened = [one.path for one in me.open_files() if ".so" not in Path(one.path).name]  # libffi holds itself open
assert me.num_threads() == 1 and not me.net_connections() and not opened, opened
assert not registry.kinds and not any(name.startswith("app.jobs.") for name in sys.modules)
before = set(sys.modules)
registry.load()
ours = [name for name in sorted(set(sys.modules) - before) if name.startswith("app.")]
print([name for name in ours if not name.startswith("app.jobs")])
"""


@pytest.mark.thorough
def test_what_is_loaded_ahead_of_forks_opens_nothing_has_no_kind_and_all_that_our_kinds_load(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", AHEAD, str(tmp_path)], capture_output=True, text=True, check=False)

    assert (ran.stdout, ran.stderr) == ("[]\n", "")
