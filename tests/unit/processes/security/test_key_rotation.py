"""`python main.py secret rotate`: whenever it is ended, no secret is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.audit import entries, reading
from app.db.clock import now
from app.db.models.installation import ProcessRow
from app.db.models.jobs import Job
from app.db.sql import engine
from app.db.sql.sessions import session
from app.errors import AppError, SettingsError
from app.processes.security.key_rotation import NotRotated, rotate
from app.processes.supervision.instance import AlreadyRunning, Instance
from app.queue.params import sealing
from app.settings import Settings
from app.settings.data_folder import with_secret_key
from tests.store import inserted

SECRETS = ("open sesame", "swordfish", "")


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a data folder on which nothing runs, with a key and a job for each secret."""
    folder = Settings(data_dir=tmp_path)
    use_key(folder)
    for secret in SECRETS:
        inserted(params={"password": {"$sealed": sealing.seal(secret)}})
    yield folder
    engine.disconnect()


def use_key(settings: Settings) -> str:
    """Begin as every process does. Returns the key."""
    key = with_secret_key(settings).secret_key
    assert key is not None
    sealing.use_key(key.get_secret_value())
    return key.get_secret_value()


def opened_secrets(settings: Settings) -> list[str]:
    """Open every secret as a worker that starts now would."""
    use_key(settings)
    engine.connect(settings.database_url)
    with session() as opened:
        jobs = [opened.get_one(Job, number + 1) for number in range(len(SECRETS))]
        return [sealing.unseal(job.params["password"]["$sealed"]) for job in jobs]


def test_every_secret_is_sealed_with_another_key(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    before = use_key(settings)

    assert rotate(settings) == 0

    assert opened_secrets(settings) == list(SECRETS)
    assert use_key(settings) != before
    assert not (settings.data_dir / "secret.key.next").exists()
    assert (settings.data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    said = capsys.readouterr().out
    assert "3 secrets are sealed with it" in said
    assert use_key(settings) not in said
    kept = reading.list_entries()[0]
    assert (kept.act, kept.target, kept.details) == ("rotate", "setting:secret_key", {"resealed": 3, "left": 0})


@pytest.mark.parametrize("resealed", [0, 1, 3])
def test_one_that_was_ended_half_way_is_finished_by_the_next(
    settings: Settings, resealed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = use_key(settings)
    seal_again, calls = sealing.reseal, iter(range(10))

    def end_after(token: str, *, old: str, new: str) -> str | None:
        if next(calls) == resealed:
            raise KeyboardInterrupt
        return seal_again(token, old=old, new=new)

    with monkeypatch.context() as patched:
        patched.setattr("app.db.migrations.resealing.ROWS_AT_ONCE", 1)
        patched.setattr(sealing, "reseal", end_after)
        if resealed == len(SECRETS):  # the rows are done, the key is not in its place
            patched.setattr(entries, "note", lambda entry: next(iter(())))
        with pytest.raises((KeyboardInterrupt, StopIteration)):
            rotate(settings)

    with pytest.raises(SettingsError, match="was not finished"):
        with_secret_key(settings)
    rotate(settings)
    assert opened_secrets(settings) == list(SECRETS)
    assert use_key(settings) != before
    assert reading.list_entries()[0].details == {"resealed": 3, "left": 0}


def test_while_something_runs_on_the_data_folder_nothing_is_rotated(settings: Settings) -> None:
    before = use_key(settings)
    held = Instance(settings.data_dir)
    try:
        with pytest.raises(AlreadyRunning):
            rotate(settings)
    finally:
        held.release()

    assert use_key(settings) == before


def test_while_a_worker_of_another_machine_runs_nothing_is_rotated(settings: Settings) -> None:
    with session(write=True) as opened:
        row = ProcessRow(
            id="w",
            role="worker",
            name="worker-1",
            machine="host-2",
            pid=1,
            pid_started_at=0.0,
            threads=1,
            queues=[],
            started_at=now(),
            beat_at=now(),
            running=[],
        )
        opened.add(row)

    with pytest.raises(NotRotated, match="worker-1 on host-2 runs"):
        rotate(settings)

    assert opened_secrets(settings) == list(SECRETS)


def test_a_key_that_was_given_is_left_to_be_set(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    given = with_secret_key(settings)
    (settings.data_dir / "secret.key").unlink()

    rotate(given)

    assert "JOBDECK_SECRET_KEY is the old one" in capsys.readouterr().out
    assert opened_secrets(settings) == list(SECRETS)


def test_what_no_key_opens_is_left_and_said(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    sealing.use_key("of a former life, and 32 characters long")
    inserted(params={"password": {"$sealed": sealing.seal("lost")}})

    rotate(settings)

    assert "1 could not be opened" in capsys.readouterr().out
    assert opened_secrets(settings) == list(SECRETS)


def test_where_there_is_no_key_or_database_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="There is no secret key"):
        rotate(Settings(data_dir=tmp_path))
    (tmp_path / "secret.key").write_text("k" * 40)
    with pytest.raises(NotRotated, match="not one of this version"):
        rotate(Settings(data_dir=tmp_path))

    assert not (tmp_path / "jobdeck.db").exists()
