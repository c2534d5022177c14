"""A way goes deeper than a path may be long, and back only to where it came from."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from app.way import MOST_OPEN, Way, open_at_any_depth


def deep(folder: Path, depth: int, *, name: str) -> None:
    """Make folders in folders."""
    with closing(Way()) as way:
        way.enter(str(folder))
        for _ in range(depth):
            os.mkdir(name, dir_fd=way.handle)
            way.enter(name)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=way.handle))


def test_a_file_is_opened_whose_path_is_longer_than_the_system_takes(tmp_path: Path) -> None:
    name = "d" * 200
    deep(tmp_path, 30, name=name)
    path = os.sep.join([str(tmp_path), *[name] * 30, "file"])

    with pytest.raises(OSError, match="too long"):
        os.open(path, os.O_RDONLY)
    os.close(open_at_any_depth(path, os.O_RDONLY))


def test_the_way_back_opens_again_what_was_closed_and_only_that(tmp_path: Path) -> None:
    depth = MOST_OPEN + 3
    deep(tmp_path, depth, name="d")
    with closing(Way()) as way:
        way.enter(str(tmp_path))
        for _ in range(depth):
            way.enter("d")
        assert way.depth == depth + 1
        (tmp_path / "d" / "d").rename(tmp_path / "moved")

        backs = [way.leave() for _ in range(depth - 1)]

    assert backs[:-1] == [True] * (depth - 2), "all that lies below the moved folder is still below it"
    assert backs[-1] is False, "what is above the moved folder now is not where it was entered from"


def test_a_link_in_the_place_of_a_folder_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/")
    with closing(Way()) as way:
        way.enter(str(tmp_path))
        with pytest.raises(OSError, match=r"link|directory"):
            way.enter("link")
