"""`kind.run_inline`: a job in a test, without a server, a database or a worker."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, cast

import pytest
from pydantic import Field

from app.errors import InvalidInput
from app.queue import JobContext, JobError, Secret, UploadedFile, job, registry


def print_nothing() -> None:
    """Stand for a function that is no job."""


@pytest.fixture(autouse=True)
def _only_these_kinds() -> Iterator[None]:
    with registry.isolated():
        yield


def test_what_a_job_leaves_behind_is_returned(tmp_path: Path) -> None:
    @job
    def shout(ctx: JobContext, words: list[str], times: Annotated[int, Field(ge=1)] = 2) -> list[str]:
        """Shout."""
        for word in ctx.track(words, message="Shouting"):
            ctx.log(word * times)
        logging.getLogger("throat").info("hoarse")
        ctx.log("one\ntwo", "warning")
        (tmp_path / "voice.bin").write_bytes(b"aah")
        ctx.attach("voice.bin", tmp_path / "voice.bin")
        ctx.attach("words.txt", "\n".join(words))
        return [word.upper() for word in words]

    run = shout.run_inline(["hey", "ho"])

    assert run.result == ["HEY", "HO"]
    assert run.log == ["heyhey", "hoho", "hoarse", "one", "two"]
    assert run.log_lines[-1].level == "warning"
    assert (run.progress.done, run.progress.total, run.progress.message) == (2, 2, "Shouting")
    assert run.attachments == {"voice.bin": b"aah", "words.txt": b"hey\nho"}


def test_what_the_job_raises_is_raised_and_the_logging_is_put_back() -> None:
    @job
    def stumble(ctx: JobContext) -> None:
        """Stumble."""
        raise JobError("Nothing to do.")

    before = (logging.getLogger().level, list(logging.getLogger().handlers))
    with pytest.raises(JobError, match="Nothing to do"):
        stumble.run_inline()
    assert (logging.getLogger().level, list(logging.getLogger().handlers)) == before


def test_values_are_checked_as_a_start_checks_them() -> None:
    @job
    def count(ctx: JobContext, times: Annotated[int, Field(ge=1)]) -> None:
        """Count."""

    with pytest.raises(InvalidInput) as caught:
        count.run_inline(times=0)
    assert caught.value.fields[0].field == "times"


def test_a_file_and_a_secret_are_given_without_storing_them(tmp_path: Path) -> None:
    @job
    def unlock(ctx: JobContext, files: list[UploadedFile], password: Secret) -> str:
        """Unlock."""
        assert ctx.params["password"] == "•••"
        [file] = files
        return f"{file.name} {file.size_bytes} {file.path.read_text()} {password.get_secret_value()}"

    (tmp_path / "door.txt").write_text("oak")
    run = unlock.run_inline([UploadedFile.at(tmp_path / "door.txt")], Secret("sesame"))
    assert run.result == "door.txt 3 oak sesame"


def test_a_file_that_is_not_there_cannot_be_attached() -> None:
    @job
    def attach_nothing(ctx: JobContext) -> None:
        """Attach nothing."""
        ctx.attach("a.txt", Path("nowhere.txt"))

    with pytest.raises(JobError, match=r"There is no file nowhere\.txt to attach"):
        attach_nothing.run_inline()


def test_children_are_checked_and_told_but_do_not_run() -> None:
    @job(max_retries=0, priority="high")
    def child(ctx: JobContext, number: int) -> None:
        """Do a part."""
        raise AssertionError("it must not run")

    @job
    def parent(ctx: JobContext) -> int:
        """Start two parts."""
        ctx.start(child, number=1)
        return ctx.start("child", number=2).id

    run = parent.run_inline()

    assert [(one.kind, one.params, one.parent_id, one.priority) for one in run.started] == [
        ("child", {"number": 1}, 1, "high"),
        ("child", {"number": 2}, 1, "high"),
    ]
    assert run.result == run.started[1].id


def test_a_child_whose_params_do_not_fit_fails_its_parent() -> None:
    @job
    def part(ctx: JobContext, number: int) -> None:
        """Do a part."""

    @job
    def whole(ctx: JobContext) -> None:
        """Start a part wrongly."""
        ctx.start("part", number="many", zz=1)

    with pytest.raises(InvalidInput) as caught:
        whole.run_inline()

    assert str(caught.value) == (
        "The child part was not started. number: Enter a whole number. zz: There is no such parameter."
    )


@pytest.mark.parametrize(
    ("wanted", "said"), [(5, "int"), (None, "NoneType"), (print_nothing, "print_nothing, which has no @job")]
)
def test_child_that_is_no_kind_is_said_in_a_sentence(wanted: Any, said: str) -> None:
    @job
    def parent(ctx: JobContext) -> None:
        """Start something else."""
        ctx.start(wanted)

    with pytest.raises(TypeError, match=f"a kind or its name, not by {said}"):
        parent.run_inline()


def test_what_is_neither_text_nor_bytes_cannot_be_attached() -> None:
    @job
    def attach_an_object(ctx: JobContext) -> None:
        """Attach an object."""
        ctx.attach("a.json", {"a": 1})  # type: ignore[arg-type]  # that is the point

    with pytest.raises(TypeError, match=r"takes a text, bytes or a Path, not dict; json\.dumps"):
        attach_an_object.run_inline()


@pytest.mark.parametrize("media_type", ["text", "text/html\r\nX-Evil: 1", "text/html\n", 5])
def test_what_is_no_media_type_is_refused(media_type: Any) -> None:
    @job
    def attach_so(ctx: JobContext) -> None:
        """Attach."""
        ctx.attach("a.csv", "a", "text/csv; charset=utf-8")
        ctx.attach("b.txt", "b", media_type)

    with pytest.raises(ValueError, match=r"^ctx\.attach: .* is no media type; write one as text/csv\.$"):
        attach_so.run_inline()


def test_half_a_character_cannot_be_attached() -> None:
    @job
    def attach_half(ctx: JobContext) -> None:
        """Attach."""
        ctx.attach("a.txt", "a\ud800")

    with pytest.raises(ValueError, match="the text holds half a character") as told:
        attach_half.run_inline()
    assert not isinstance(told.value, UnicodeError)


def test_files_of_different_names_never_replace_each_other() -> None:
    @job
    def attach_three(ctx: JobContext) -> None:
        """Attach."""
        for name in ("a/b.txt", "a\\b.txt", "👩‍👧.txt", "a/b.txt"):
            ctx.attach(name, name)

    run = attach_three.run_inline()

    assert run.attachments == {"a_b.txt": b"a/b.txt", "a_b-2.txt": b"a\\b.txt", "👩‍👧.txt": "👩‍👧.txt".encode()}
    assert run.log == ["The file 'a/b.txt' is kept as 'a_b.txt'.", "The file 'a\\\\b.txt' is kept as 'a_b-2.txt'."]


def test_name_of_a_file_must_be_a_text() -> None:
    @job
    def attach_a_path(ctx: JobContext) -> None:
        """Attach."""
        ctx.attach(Path("a.txt"), b"")  # type: ignore[arg-type]  # that is the point

    with pytest.raises(TypeError, match=r"takes the file's name first, a text, not \w*Path"):
        attach_a_path.run_inline()


def test_a_job_that_is_run_inside_another_says_each_line_once() -> None:
    @job
    def inner(ctx: JobContext) -> None:
        """Say a word."""
        logging.getLogger("inner").info("once")

    @job
    def outer(ctx: JobContext) -> list[str]:
        """Run another job in here."""
        return inner.run_inline().log

    run = outer.run_inline()

    assert run.result == ["once"]
    assert run.log == []


@pytest.mark.parametrize("result", ["x" * 2_000_000, b"\xff", {1: "a", "1": "b"}])
def test_a_result_that_a_worker_would_refuse_is_refused_in_a_test_too(result: object) -> None:
    @job
    def give(ctx: JobContext) -> object:
        """Give it."""
        return result

    with pytest.raises(JobError, match="The job's result "):
        give.run_inline()


def test_a_result_stays_what_the_function_returned() -> None:
    @job
    def give(ctx: JobContext) -> dict[str, object]:
        """Give what JSON has no types for."""
        return {"path": Path("/x"), "read once": iter([1, 2])}

    result = give.run_inline().result

    assert result["path"] == Path("/x")
    assert list(cast("Iterator[int]", result["read once"])) == [1, 2]


def test_a_checkpoint_goes_through_json_as_in_a_worker() -> None:
    @job
    def save(ctx: JobContext, password: Secret) -> Any:
        """Save, and find what the next attempt would find."""
        done = [1]
        ctx.checkpoint({"at": Path("/x"), 1: done, "password": password})
        done.append(2)
        return {**ctx.saved, "password": ctx.saved["password"].get_secret_value()}

    assert save.run_inline(Secret("pw")).result == {"at": "/x", "1": [1], "password": "pw"}


def test_a_checkpoint_that_a_worker_would_refuse_is_refused_in_a_test_too() -> None:
    @job
    def save(ctx: JobContext) -> None:
        """Save too much."""
        ctx.checkpoint("x" * 70_000)

    with pytest.raises(JobError, match="The job's checkpoint takes 69 KB"):
        save.run_inline()
