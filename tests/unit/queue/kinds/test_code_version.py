"""The version of a kind's code changes with its file, or with any file of its folder."""

from pathlib import Path

from app.queue.kinds.code_version import code_version


def test_a_file_that_is_written_anew_is_another_version(tmp_path: Path) -> None:
    file = tmp_path / "job.py"
    file.write_text("one")
    first = code_version(file)
    (tmp_path / "beside.py").write_text("not its file")
    beside = code_version(file)
    file.write_text("two")

    assert first is not None
    assert len(first) == 12
    assert beside == first
    assert code_version(file) != first


def test_of_a_folder_every_file_counts(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    file, inner = tmp_path / "__init__.py", tmp_path / "inner" / "part.py"
    file.write_text("")
    inner.write_text("one")
    first = code_version(file)
    inner.write_text("two")
    second = code_version(file)
    inner.rename(tmp_path / "inner" / "piece.py")

    assert len({first, second, code_version(file)}) == 3


def test_what_has_no_file_has_no_version() -> None:
    assert code_version(Path("<stdin>")) is None
