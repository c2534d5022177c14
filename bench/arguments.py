"""Values of the options of every measurement, checked before anything is measured. Each is a `type` of argparse."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path


def folder(text: str) -> Path:
    """Return the absolute path of a folder that files can be made in.

    Raises:
        argparse.ArgumentTypeError: there is none, or it cannot be written to.
    """
    path = readable_folder(text)
    if not os.access(path, os.W_OK):
        raise argparse.ArgumentTypeError(f"you may not write into the folder {path}")
    return path


def readable_folder(text: str) -> Path:
    """Return the absolute path of a folder whose files can be listed.

    Raises:
        argparse.ArgumentTypeError: there is none, or it cannot be read.
    """
    path = Path(text).expanduser().resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{path} is a file" if path.exists() else f"there is no folder {path}")
    if not os.access(path, os.R_OK | os.X_OK):
        raise argparse.ArgumentTypeError(f"you may not read the folder {path}")
    return path


def file_to_write(text: str) -> Path:
    """Return the absolute path of a file that is there, or can be made, and may be written.

    Raises:
        argparse.ArgumentTypeError: it is a folder, its folder does not exist, or it may not be written.
    """
    path = Path(text).expanduser().resolve()
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{path} is a folder; name a file in it")
    if path.exists():
        if not os.access(path, os.W_OK):
            raise argparse.ArgumentTypeError(f"you may not write to {path}")
    else:
        folder(str(path.parent))
    return path


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads a whole number that is not less than `least`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is less than {least}")
        return number

    return read
