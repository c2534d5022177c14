"""What `find_duplicates` finds: files of the same content, and nothing else; nothing is ever changed."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import tree
from app.jobs.find_duplicates import find_duplicates, hashing
from app.queue import JobError
from tests.unit.jobs.conftest import NotedContext, Stopped, assert_harmless, make_deep, remove_deep

BIG = 3 * hashing.END_BYTES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to search."""
    path = tmp_path / "folder"
    path.mkdir()
    return path


def fill(path: Path, content: bytes) -> Path:
    """Write a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def groups(noted: NotedContext, folder: Path) -> list[list[str]]:
    """Return the groups as paths below the folder."""
    return [[os.path.relpath(file["path"], folder) for file in group["files"]] for group in noted.json["groups"]]


def test_files_when_identical_are_grouped_those_that_free_most_first(noted: NotedContext, folder: Path) -> None:
    for name in ("a/one", "b/two", "three"):
        fill(folder / name, b"x" * 1_000)
    for name in ("film", "copy of film"):
        fill(folder / name, b"y" * 5_000)
    fill(folder / "alone", b"z" * 1_000)

    sentence = find_duplicates(noted, folder)

    assert sentence == "2 groups of identical files; 7 KB could be freed"
    assert groups(noted, folder) == [["copy of film", "film"], ["a/one", "b/two", "three"]]
    assert noted.json["free_bytes"] == 5_000 + 2 * 1_000
    assert (noted.json["group_count"], noted.json["copies"]) == (2, 3)
    assert [row["group"] for row in noted.rows] == ["1", "1", "2", "2", "2"]
    assert noted.rows[0]["path"] == str(folder / "copy of film")
    assert "7 KB" in noted.page


@pytest.mark.parametrize("year", [1900, 2262, 2300, 2440])
def test_files_when_dated_far_away_are_compared_like_others(year: int, noted: NotedContext, folder: Path) -> None:
    for name in ("one", "two"):
        moment = int(datetime(year, 12, 31, tzinfo=UTC).timestamp())
        os.utime(fill(folder / name, b"x" * 1_000), (moment, moment))

    assert find_duplicates(noted, folder) == "1 group of identical files; 1 KB could be freed"
    assert groups(noted, folder) == [["one", "two"]]


@pytest.mark.parametrize("place", [0, hashing.END_BYTES - 1, BIG // 2, BIG - 1])
def test_big_files_when_one_byte_differs_are_no_duplicates(place: int, noted: NotedContext, folder: Path) -> None:
    content = bytearray(os.urandom(BIG))
    fill(folder / "a", bytes(content))
    fill(folder / "same", bytes(content))
    content[place] ^= 1
    fill(folder / "b", bytes(content))

    find_duplicates(noted, folder)

    assert groups(noted, folder) == [["a", "same"]]


def test_copy_when_its_path_is_longer_than_the_system_takes_is_found(noted: NotedContext, folder: Path) -> None:
    make_deep(folder, levels=25, name="d" * 200)
    fill(folder / "copy", b"x" * 5000)

    try:
        find_duplicates(noted, folder)
    finally:
        remove_deep(folder)

    assert groups(noted, folder) == [["copy", "/".join([*["d" * 200] * 25, "deep file"])]]
    assert noted.json["unreadable"]["count"] == 0


def test_names_of_one_file_when_met_are_no_duplicates(noted: NotedContext, folder: Path) -> None:
    os.link(fill(folder / "first", b"same"), folder / "second")

    assert find_duplicates(noted, folder) == "No duplicates in 2 files"

    fill(folder / "copy", b"same")
    asked = NotedContext()
    find_duplicates(asked, folder)

    assert [sorted(file["hard_links"] for file in group["files"]) for group in asked.json["groups"]] == [[1, 2]]
    assert asked.json["free_bytes"] == 4


def test_symbolic_links_and_pipes_when_met_are_passed_over(noted: NotedContext, folder: Path) -> None:
    (folder / "link").symlink_to(fill(folder / "a", b"same"))
    os.mkfifo(folder / "pipe")
    os.mkfifo(folder / "pipe 2")

    find_duplicates(noted, folder, 0)

    assert noted.json["groups"] == []
    assert noted.json["unreadable"]["count"] == 0


@pytest.mark.parametrize(
    ("least", "expected"),
    [(0, [["c", "d"], ["a", "b"], ["e", "f"]]), (1, [["c", "d"], ["a", "b"]]), (5, [["c", "d"]]), (9, [])],
)
def test_smallest_size_when_given_leaves_smaller_files_out(
    least: int, expected: list[list[str]], noted: NotedContext, folder: Path
) -> None:
    for names, content in (("ab", b"four"), ("cd", b"eight ch"), ("ef", b"")):
        for name in names:
            fill(folder / name, content)

    find_duplicates(noted, folder, least)

    assert groups(noted, folder) == expected


def test_file_when_it_vanishes_before_it_is_read_is_listed(
    folder: Path, during: Callable[[Callable[[], object]], NotedContext]
) -> None:
    for name in "abc":
        fill(folder / name, b"same")

    noted = during((folder / "b").unlink)

    assert groups(noted, folder) == [["a", "c"]]
    assert noted.json["unreadable"]["first"] == [
        {"path": str(folder / "b"), "reason": "no such file or directory"},
    ]
    assert "Could not be compared" in noted.page
    assert noted.lines[-1].startswith("1 place could not be read")


def test_file_when_it_changes_before_it_is_read_is_listed(
    folder: Path, during: Callable[[Callable[[], object]], NotedContext]
) -> None:
    for name in "abc":
        fill(folder / name, b"same")

    noted = during(lambda: fill(folder / "b", b"else, and longer"))

    assert groups(noted, folder) == [["a", "c"]]
    assert noted.json["unreadable"]["first"][0]["reason"] == "it changed during the job"


def test_file_when_a_link_or_a_pipe_takes_its_place_is_not_read(
    folder: Path, during: Callable[[Callable[[], object]], NotedContext]
) -> None:
    for name in "abcd":
        fill(folder / name, b"same")

    def replace() -> None:
        (folder / "b").unlink()
        (folder / "b").symlink_to(folder / "a")
        (folder / "c").unlink()
        os.mkfifo(folder / "c")

    noted = during(replace)

    assert groups(noted, folder) == [["a", "d"]]
    assert noted.json["unreadable"]["count"] == 2


def test_big_file_when_it_is_written_to_while_it_is_read_is_listed(
    noted: NotedContext, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        fill(folder / name, b"x" * BIG)
    begun = noted.progress

    def progress(done: float, total: float | None = None, message: str | None = None) -> None:
        begun(done, total, message)
        if str(message).startswith("Read 49 KB of"):  # the first file was read, and is checked next
            os.utime(folder / "a", (1, 1))
            os.utime(folder / "b", (1, 1))
            os.utime(folder / "c", (1, 1))

    monkeypatch.setattr(noted, "progress", progress)

    find_duplicates(noted, folder)

    assert noted.json["groups"] == []
    assert noted.json["unreadable"]["count"] == 3


def test_job_when_it_reads_moves_the_bar_by_bytes(noted: NotedContext, folder: Path) -> None:
    for name in "abcd":
        fill(folder / name, b"x" * 3_000_000)

    find_duplicates(noted, folder)

    assert noted.bar == sorted(noted.bar)
    assert noted.bar[-1] == 100
    read = [message for message in noted.messages if " of 12.0 MB" in message]
    assert len(read) == 12
    assert read[-1] == "Read 12.0 MB of 12.0 MB"


@pytest.mark.parametrize("percent", [0, 10, 15, 20, 60, 99])
def test_job_when_asked_to_stop_stops_and_leaves_nothing(
    percent: float, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    for name in "abcdefgh":
        fill(folder / name, b"x" * 2_000_000)
    noted = NotedContext(stop_at=percent)

    with pytest.raises(Stopped):
        find_duplicates(noted, folder)

    assert list((tmp_path / "scratch").iterdir()) == []


def test_names_when_they_hold_html_or_no_text_are_shown_as_text(noted: NotedContext, folder: Path) -> None:
    hostile = "<script>alert('x')<b>\"&,\n=1"
    fill(folder / hostile / hostile, b"same")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9")).write_bytes(b"same")

    find_duplicates(noted, folder)

    assert_harmless(noted.page)
    assert "&lt;script&gt;" in noted.page
    assert noted.rows[0]["path"] == str(folder / hostile / hostile)
    assert noted.json["groups"][0]["files"][1]["path"].endswith("caf\\udce9")


def test_folder_when_there_is_none_says_so(noted: NotedContext, folder: Path) -> None:
    with pytest.raises(JobError, match=r"^There is no folder .*/gone on the worker's machine\.$"):
        find_duplicates(noted, folder / "gone")


def test_many_copies_when_listed_are_all_in_the_table_and_folded_on_the_page(noted: NotedContext, folder: Path) -> None:
    for number in range(130):
        fill(folder / f"{number:03}", b"same")

    find_duplicates(noted, folder)

    assert len(noted.rows) == 130
    assert "<summary>125 more</summary>" in noted.page
    assert "and 30 more, in the table" in noted.page


@pytest.fixture
def during(
    noted: NotedContext, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], object]], NotedContext]:
    """Run the job and do something between the walk and the reading."""

    def run(act: Callable[[], object]) -> NotedContext:
        monkeypatch.setattr(tree, "NEWS_SECONDS", 0.0)
        begun = noted.progress

        def progress(done: float, total: float | None = None, message: str | None = None) -> None:
            begun(done, total, message)
            if message == "Sorting by size":
                act()

        monkeypatch.setattr(noted, "progress", progress)
        find_duplicates(noted, folder)
        return noted

    return run
