"""What `disk_usage` finds: the same sums as the system's own `du`, whatever lies in the folder."""

import os
import random
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from app import tree
from app.jobs.disk_usage import disk_usage
from app.jobs.disk_usage.treemap import Box, squarify
from app.jobs.disk_usage.usage import TOP
from app.queue import JobError
from tests.unit.jobs.conftest import NotedContext, Stopped, assert_harmless, make_deep, remove_deep

HOSTILE = "<script>alert('x')<\u202eb>\"&"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to measure."""
    path = tmp_path / "folder"
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def _every_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "NEWS_SECONDS", 0.0)
    monkeypatch.setattr(tree, "PULSE_ENTRIES", 1)


def fill(path: Path, size_bytes: int) -> Path:
    """Write a file with nothing but letters in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size_bytes)
    return path


def test_folder_when_measured_agrees_with_du(noted: NotedContext, folder: Path) -> None:
    sizes = random.Random(7)
    for number in range(120):
        fill(folder / f"a{number % 7}" / f"b{number % 3}" / f"file {number}", sizes.randrange(60_000))
    (folder / "empty").mkdir()
    (folder / "link").symlink_to("a0")
    os.link(folder / "a0" / "b0" / "file 0", folder / "a1" / "second name")

    sentence = disk_usage(noted, folder)

    command = ["du", "--summarize", "--block-size=1", str(folder)]
    taken = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0])
    lengths = sum(path.stat().st_size for path in folder.rglob("file *"))
    found = noted.json
    assert (found["allocated_bytes"], found["files"]) == (taken, 121)
    assert found["apparent_bytes"] == lengths + len("a0")
    assert sentence.endswith(f" in 121 files and {found['folders']} folders")
    assert found["folders"] == sum(path.is_dir() and not path.is_symlink() for path in folder.rglob("*"))


def test_biggest_when_listed_come_first_with_all_below_them(noted: NotedContext, folder: Path) -> None:
    fill(folder / "big" / "deep" / "film", 400_000)
    fill(folder / "small" / "note", 10)
    fill(folder / "picture", 100_000)

    disk_usage(noted, folder)

    found = noted.json
    names = [os.path.relpath(spot["path"], folder) for spot in found["biggest_folders"]]
    assert names == ["big", "big/deep", "small"]
    assert [spot["files"] for spot in found["biggest_folders"]] == [1, 1, 1]
    assert [Path(spot["path"]).name for spot in found["biggest_files"]] == ["film", "picture", "note"]
    assert [spot["apparent_bytes"] for spot in found["biggest_files"]] == [400_000, 100_000, 10]
    assert [row["type"] for row in noted.rows] == ["folder"] * 3 + ["file"] * 3
    assert noted.rows[0]["path"] == str(folder / "big")


def test_files_when_more_than_are_listed_keeps_the_biggest(noted: NotedContext, folder: Path) -> None:
    for number in range(TOP + 20):
        fill(folder / f"{number}", 4096 * (number + 1))

    disk_usage(noted, folder)

    assert [Path(spot["path"]).name for spot in noted.json["biggest_files"]] == [
        str(number) for number in range(TOP + 19, 19, -1)
    ]


def test_file_with_several_names_when_measured_counts_once(noted: NotedContext, folder: Path) -> None:
    first = fill(folder / "first", 50_000)
    for number in range(3):
        os.link(first, folder / f"name {number}")

    disk_usage(noted, folder)

    assert (noted.json["files"], noted.json["further_names"]) == (1, 3)
    assert noted.json["apparent_bytes"] == 50_000
    assert "3 further names" in noted.page


def test_symbolic_link_when_met_is_not_followed(noted: NotedContext, folder: Path, tmp_path: Path) -> None:
    fill(tmp_path / "outside" / "big", 500_000)
    (folder / "out").symlink_to(tmp_path / "outside")
    (folder / "round").symlink_to(folder)

    disk_usage(noted, folder)

    assert noted.json["folders"] == 0
    assert noted.json["apparent_bytes"] < 1_000


def test_symbolic_link_when_named_as_the_folder_means_what_it_points_to(
    noted: NotedContext, folder: Path, tmp_path: Path
) -> None:
    fill(folder / "a", 10)
    (tmp_path / "link").symlink_to(folder)

    disk_usage(noted, tmp_path / "link")

    assert noted.json["files"] == 1


def test_unreadable_folder_when_met_is_listed_and_the_rest_counted(
    noted: NotedContext, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder / "closed <b>" / "secret", 10)
    fill(folder / "open" / "a", 10)
    deny(monkeypatch, folder / "closed <b>")

    sentence = disk_usage(noted, folder)

    assert sentence.endswith("1 file and 2 folders; 1 place could not be read")
    assert noted.json["unreadable"] == {
        "count": 1,
        "first": [{"path": str(folder / "closed <b>"), "reason": "permission denied"}],
    }
    assert "Could not be read" in noted.page
    assert "closed &lt;b&gt;" in noted.page


@pytest.mark.thorough
@pytest.mark.parametrize(("levels", "name"), [(25, "d" * 200), (1500, "d")])
def test_folder_when_its_path_is_longer_than_the_system_takes_is_measured(
    levels: int, name: str, noted: NotedContext, folder: Path
) -> None:
    make_deep(folder, levels=levels, name=name)
    fill(folder / "beside" / "file", 5000)

    try:
        disk_usage(noted, folder)
        du = subprocess.run(["du", "-s", "-B1", str(folder)], check=True, capture_output=True, text=True)
    finally:
        remove_deep(folder)

    found = noted.json
    assert (found["files"], found["folders"], found["unreadable"]["count"]) == (2, levels + 1, 0)
    assert found["allocated_bytes"] == int(du.stdout.split()[0])
    assert str(folder / "/".join([name] * levels) / "deep file") in [one["path"] for one in found["biggest_files"]]


def test_other_file_system_when_met_is_named_and_entered_only_if_asked(
    noted: NotedContext, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder / "mounted" / "a", 10)
    look = os.stat

    def elsewhere(path: str, **options: Any) -> os.stat_result:
        found = look(path, **options)
        values = list(found)
        values[2] = 99 if str(path).endswith("mounted") else found.st_dev
        return os.stat_result(values, {"st_blocks": 0, "st_mtime_ns": 0})

    monkeypatch.setattr(os, "stat", elsewhere)

    disk_usage(noted, folder)
    asked = NotedContext()
    disk_usage(asked, folder, other_file_systems=True)

    assert noted.json["other_file_systems"]["first"][0]["path"] == str(folder / "mounted")
    assert (noted.json["files"], asked.json["files"]) == (0, 1)


def test_folder_when_it_is_mounted_at_a_second_place_counts_once(
    noted: NotedContext, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder / "a" / "file", 5_000)
    disk_usage(noted, folder)
    once = noted.json["allocated_bytes"]
    fill(folder / "b" / "file", 5_000)
    # What the system says of b after `mount --bind a b`, for which a test has no rights.
    ask = os.stat

    def asked(path: Any, **options: Any) -> os.stat_result:
        return ask("a" if path == "b" else folder / "a" if path == str(folder / "b") else path, **options)

    monkeypatch.setattr(os, "stat", asked)
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [SimpleNamespace(mountpoint=str(folder / "b"))])

    disk_usage(noted, folder)

    assert (noted.json["files"], noted.json["allocated_bytes"]) == (1, once)
    [left_out] = noted.json["other_file_systems"]["first"]
    assert left_out["reason"] == "mounted at another place too, where it is counted"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gone", "There is no folder {} on the worker's machine."),
        ("file", "{} is a file, not a folder."),
        ("file/below", "{} is a file, not a folder."),
        ("closed", "The folder {} cannot be read: permission denied."),
        ("a\0b", "The folder {} cannot be read: its name has a NUL character."),
    ],
)
def test_bad_folder_when_given_ends_with_one_sentence(
    name: str, sentence: str, noted: NotedContext, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder / "file", 1)
    (folder / "closed").mkdir()
    deny(monkeypatch, folder / "closed")

    with pytest.raises(JobError) as caught:
        disk_usage(noted, folder / name)

    assert str(caught.value) == sentence.format(folder / name)
    assert noted.files == {}


def test_bar_when_walking_moves_forward_to_the_end(noted: NotedContext, folder: Path) -> None:
    for number in range(60):
        fill(folder / f"{number % 6}" / f"{number % 10}" / f"{number}", 10)

    disk_usage(noted, folder)

    assert noted.bar == sorted(noted.bar)
    assert (noted.bar[0], noted.bar[-1]) == (0, 100)
    assert len(set(noted.bar)) > 20


@pytest.mark.parametrize("percent", [0, 10, 50, 100])
def test_job_when_asked_to_stop_stops(percent: float, folder: Path) -> None:
    for number in range(40):
        fill(folder / f"{number % 6}" / f"{number}", 10)
    noted = NotedContext(stop_at=percent)

    with pytest.raises(Stopped):
        disk_usage(noted, folder)

    assert noted.files == {}


def test_names_when_they_hold_html_or_no_text_are_shown_as_text(noted: NotedContext, folder: Path) -> None:
    fill(folder / HOSTILE / f"{HOSTILE}\n", 100_000)
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9")).write_bytes(b"x" * 200_000)

    disk_usage(noted, folder)

    assert_harmless(noted.page)
    assert "&lt;script&gt;" in noted.page
    assert "caf\\udce9" in noted.page
    assert noted.json["biggest_files"][0]["path"].endswith("caf\\udce9")
    assert noted.rows[0]["path"] == str(folder / HOSTILE)


def test_empty_folder_when_measured_is_no_fault(noted: NotedContext, folder: Path) -> None:
    assert disk_usage(noted, folder).endswith(" in 0 files and 0 folders")
    assert_harmless(noted.page)


def test_map_when_a_folder_is_only_the_way_to_another_shows_them_as_one(noted: NotedContext, folder: Path) -> None:
    for name in ("one", "two"):
        fill(folder / "way" / "to" / "the end" / name, 900_000)
    fill(folder / "other", 500_000)

    disk_usage(noted, folder)

    assert "<bdi>way/to/the end</bdi>" in noted.page
    assert "<bdi>one</bdi>" in noted.page


def test_squarify_when_given_sizes_fills_the_area_in_their_proportion() -> None:
    sizes = [600, 600, 400, 300, 200, 200, 100, 1]

    boxes = squarify(sizes, Box(left=10, top=20, width=600, height=400))

    areas = [box.width * box.height for box in boxes]
    assert areas == pytest.approx([size * 600 * 400 / sum(sizes) for size in sizes])
    for box in boxes:
        assert 10 - 1e-6 <= box.left <= box.left + box.width <= 610 + 1e-6
        assert 20 - 1e-6 <= box.top <= box.top + box.height <= 420 + 1e-6
    # The example of the paper: no box of the first seven is more than three times as long as wide.
    assert all(max(box.width / box.height, box.height / box.width) < 3 for box in boxes[:7])


def deny(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let the system refuse to open a folder, as it does to everybody but root."""
    open_it = os.open
    closed = os.stat(path)

    def refusing(asked: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        descriptor = open_it(asked, flags, mode, dir_fd=dir_fd)
        if os.path.samestat(os.fstat(descriptor), closed):
            os.close(descriptor)
            raise PermissionError(13, "Permission denied", asked)
        return descriptor

    monkeypatch.setattr(os, "open", refusing)
