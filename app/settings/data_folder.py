"""The data folder, and the secret key in it. What else lies there is the business of those who put it there."""

import os
import secrets
from pathlib import Path

from pydantic import SecretStr

from app.errors import SettingsError
from app.settings.settings import SHORTEST_KEY, Settings

KEY_FILE = "secret.key"
NEXT_KEY_FILE = "secret.key.next"
"""There while the secrets are sealed anew with it."""
#: Files that say "this folder is Jobdeck's". NOTE: `instance.lock` is written by app/processes/supervision/instance.py.
_OUR_FILES = (KEY_FILE, "instance.lock")


def prepare_data_dir(folder: Path) -> None:
    """Make the data folder, for its owner alone (mode 0700). Safe to repeat.

    Raises:
        SettingsError: it cannot be made or written to, or it is somebody else's folder that others may enter.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & 0o077:
            # Never tighten a folder that is not ours: with `--data-dir /tmp`, as root, that would break the machine.
            if any(folder.iterdir()) and not any((folder / name).exists() for name in _OUR_FILES):
                raise SettingsError(
                    f"The data folder {folder} holds other files and is open to others.",
                    hint="Give Jobdeck a folder of its own with --data-dir or JOBDECK_DATA_DIR.",
                )
            folder.chmod(0o700)
    except OSError as error:
        raise SettingsError(
            f"The data folder {folder} cannot be used: {error.strerror}.",
            hint="Give another one with --data-dir or JOBDECK_DATA_DIR.",
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"The data folder {folder} cannot be written to.")


def with_secret_key(settings: Settings) -> Settings:
    """Return `settings` with the secret key kept in the data folder, made now if there is none. A given key stays.

    Call it while holding the instance lock: two first starts at once would make two keys.

    Raises:
        SettingsError: it cannot be read or made, or a rotation was not finished (`processes.security`).
    """
    if (settings.data_dir / NEXT_KEY_FILE).exists():
        raise SettingsError(
            f"A change of the secret key in {settings.data_dir} was not finished.",
            hint="Finish it: python3 main.py secret rotate, with the same settings.",
        )
    if settings.secret_key is not None:
        return settings
    kept = settings.data_dir / KEY_FILE
    try:
        if not kept.exists():
            make_key(kept)
    except OSError as error:
        raise _unusable(kept, error.strerror or str(error)) from None
    return settings.model_copy(update={"secret_key": SecretStr(read_key(kept))})


def read_key(kept: Path) -> str:
    """Read a secret key.

    Raises:
        SettingsError: it cannot be read, or is cut off.
    """
    try:
        key = kept.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(kept, (error.strerror or "") if isinstance(error, OSError) else "it is no text") from None
    if len(key) < SHORTEST_KEY:
        raise SettingsError(
            f"The secret key {kept} is empty or cut off.",
            hint="Put it back from a backup. Without one delete the file: a new key is made, and secrets of jobs that "
            "wait cannot be opened any more.",
        )
    return key


def make_key(kept: Path) -> None:
    """Make a secret key. Written aside, brought to the disk, renamed: a crash leaves no half or empty one."""
    fresh = kept.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(SHORTEST_KEY))
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(kept)
    sync_folder(kept.parent)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unusable(kept: Path, reason: str) -> SettingsError:
    return SettingsError(
        f"The secret key {kept} cannot be read or made: {reason}.",
        hint="Make room on the disk, or mend the file; or give another data folder with --data-dir.",
    )
