"""A walk over a folder meets every file once, follows no link, and notes what it passes over."""

import os
from pathlib import Path

import pytest

from app.queue import JobError
from app.queue.context.context import JobContext
from app.queue.execution.children import Children
from app.tree import MOST_NOTES, Branch, Notes, Tree, reason
from tests.unit.queue.runs import run_of


class Seen:
    """Remembers what it is shown."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.files: list[str] = []
        self.left: list[str] = []

    def enter(self, branch: Branch) -> None:
        """Go in."""

    def file(self, branch: Branch, name: str, status: os.stat_result) -> None:
        """Meet a file."""
        self.files.append(os.path.join(branch.path, name))

    def leave(self, branch: Branch) -> None:
        """Go out."""
        self.left.append(branch.name)


def context() -> JobContext:
    """Make the context of a job that starts nothing."""
    run = run_of()
    return JobContext(run, children=Children(run))


def test_every_file_is_met_once_and_what_is_below_a_folder_before_it_is_left(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for path in ("one", "a/two", "a/b/three"):
        (tmp_path / path).write_text(path)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    seen, tree = Seen(), Tree(context(), tmp_path)

    tree.walk(seen)

    assert sorted(seen.files) == [str(tmp_path / path) for path in ("a/b/three", "a/two", "link", "one")]
    assert seen.left == ["b", "a", str(tmp_path)]
    assert (tree.files, tree.folders, tree.unreadable.count) == (4, 2, 0)


@pytest.mark.parametrize(
    ("name", "said"), [("gone", "There is no folder"), ("file", "is a file, not a folder"), ("a\0b", "NUL character")]
)
def test_what_cannot_be_walked_is_refused_in_words(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(JobError, match=said):
        Tree(context(), tmp_path / name)


def test_the_first_places_are_named_and_all_are_counted() -> None:
    notes = Notes()
    for number in range(MOST_NOTES + 1):
        notes.add(f"/place/{number}", reason(PermissionError(13, "Permission denied")))

    assert (notes.count, len(notes.pairs)) == (MOST_NOTES + 1, MOST_NOTES)
    assert notes.pairs[0] == ("/place/0", "permission denied")
