"""What came out of a job, on its page: the result by its type, and its files with previews that are read in part."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from nicegui.element import Element
from nicegui.testing import User

from app.db import JobSnapshot, files
from app.db.queries import jobs
from app.pages.job import reading as job_reading
from app.pages.live import bridge
from app.pages.previews import file_view
from app.pages.previews.file_preview import READ_BYTES, TEXT_BYTES, FilePart
from app.queue import JobContext, job, start
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.ui.tab import RETRIES, names, one, open_tab, until

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, and a kind that answers with what a file says."""

    @job(title="Answer", max_retries=0)
    def answer(ctx: JobContext) -> Any:
        """Answer."""
        return json.loads((room / "answer.json").read_text())

    async with open_tab() as user:
        yield user


async def stored() -> JobSnapshot:
    return await asyncio.to_thread(start, "answer", {}, by=ME)


def attach(found: JobSnapshot, name: str, data: bytes, media_type: str) -> None:
    files.attach(found.id, 1, name, io.BytesIO(data), media_type)


def said(element: Element) -> str:
    """Return what stands in an element: texts, and HTML that was written here."""
    inside: list[Any] = [element, *element.descendants()]
    return "\n".join(part for each in inside if (part := getattr(each, "text", "") or getattr(each, "content", "")))


async def show(user: User, found: JobSnapshot, name: str) -> str:
    """Open the preview of a file and return what its row says when nothing is being read any more."""
    await user.open(f"/jobs/{found.id}")
    await until(lambda: f"show-{name}" in names(user, "show-"))
    user.find(marker=f"show-{name}").click()
    row = one(user, f"file-{name}")
    await until(lambda: not any(each.props.get("aria-busy") for each in row.descendants()))
    return said(row)


# Results


ShowResult = Callable[[Any], Awaitable[str]]


@pytest.fixture
def show_result(user: User, room: Path, run_worker: Callable[..., WorkerLife]) -> ShowResult:
    """Run a job that answers so, open its page and return what it says of it."""

    async def show(result: Any) -> str:
        (room / "answer.json").write_text(json.dumps(result))
        run_worker()
        found = await stored()
        await until(lambda: jobs.get_job(found.id).state.is_finished)
        await user.open(f"/jobs/{found.id}")
        await user.should_see(marker="result", retries=RETRIES)
        return said(one(user, "result"))

    return show


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        ("344 rows", "344 rows"),
        ("", "An empty text."),
        ([], '<p><span class="jd-tree__note">none</span></p>'),
        (2026, "2026"),
        (48210.55, "48210.55"),
        (0.1, "0.1"),
        (True, "Yes"),
        (False, "No"),
        ({"urls": ["a", "b"], "none": []}, "urls\na\nb\nnone\nnone"),
        ({"rows": 12345, "path": "a.csv", "ok": True}, "rows\n12345\npath\na.csv\nok\nyes"),
    ],
)
async def test_a_result_is_shown_by_its_type(show_result: ShowResult, result: Any, shown: str) -> None:
    assert await show_result(result) == shown


async def test_records_are_a_table_with_their_number(show_result: ShowResult) -> None:
    shown = await show_result([{"n": HOSTILE, "i": i} for i in range(1234)])

    assert shown.count("<tr>") == 201
    assert "&lt;script&gt;" in shown
    assert shown.endswith("200 of 1,234 rows")


async def test_nested_values_can_be_folded(show_result: ShowResult) -> None:
    shown = await show_result({"rows": 3, "files": [{"name": HOSTILE, "parts": [1, 2]}]})

    assert shown.startswith("rows\n3\nfiles\n<ul>")
    assert '<details open><summary><span class="jd-tree__key">parts</span>' in shown
    assert HOSTILE not in shown


async def test_a_long_text_is_folded_until_it_is_opened(user: User, show_result: ShowResult) -> None:
    await show_result("line\n" * 500)
    assert "jd-pre--folded" in one(user, "result").classes

    user.find(marker="result-unfold").click()

    assert "jd-pre--folded" not in one(user, "result").classes


# Files


async def test_a_csv_file_is_a_table(user: User) -> None:
    found = await stored()
    attach(found, "prices.csv", b"name,price\n" + b"<script>,1.5\n" * 12_345, "text/csv")

    shown = await show(user, found, "prices.csv")

    assert shown.count("<tr>") == 201
    assert "&lt;script&gt;" in shown
    assert "200 of 12,345 rows" in shown


async def test_a_text_file_is_shown_as_text(user: User) -> None:
    found = await stored()
    attach(found, "notes.txt", HOSTILE.encode(), "text/plain")

    assert HOSTILE in await show(user, found, "notes.txt")


async def test_markdown_is_written_out_without_its_pictures(user: User) -> None:
    found = await stored()
    attach(found, "notes.md", f"# Notes\n\n![far](https://elsewhere/x.png) {HOSTILE}".encode(), "text/markdown")

    shown = await show(user, found, "notes.md")

    assert "<h3>Notes</h3><p><em>far</em> &lt;script&gt;" in shown


async def test_a_log_shows_its_end_first_and_its_beginning_on_demand(user: User) -> None:
    found = await stored()
    attach(found, "build.log", b"begin\n" + b"x" * 79 + b"\n" + b"more\n" * TEXT_BYTES + b"end\n", "text/plain")

    shown = await show(user, found, "build.log")
    assert "more\nend" in shown
    assert "begin\n" not in shown
    assert "The last 100.0 kB of 500.1 kB." in shown
    user.find("Show the beginning").click()

    await until(lambda: "begin\nxxx" in said(one(user, "file-build.log")))


async def test_a_picture_is_an_image_of_the_sealed_address_also_when_it_is_svg(user: User) -> None:
    found = await stored()
    attach(found, "plan.svg", b"<svg><script>alert(1)</script></svg>", "image/svg+xml")

    await show(user, found, "plan.svg")

    tags = {each.tag: each for each in one(user, "file-plan.svg").descendants()}
    assert tags["img"].props["src"] == f"/api/v1/jobs/{found.id}/artifacts/plan.svg"
    assert "svg" not in tags


async def test_a_picture_too_large_for_a_preview_says_so(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_view, "LINKED_BYTES", 10_000)
    found = await stored()
    attach(found, "large.png", b"x" * 10_001, "image/png")

    assert "Larger than 10.0 kB, the most that is shown here." in await show(user, found, "large.png")
    assert not any(each.tag == "img" for each in one(user, "file-large.png").descendants())


async def test_an_empty_file_says_so(user: User) -> None:
    found = await stored()
    attach(found, "empty.csv", b"", "text/csv")

    assert "The file is empty." in await show(user, found, "empty.csv")


async def test_a_file_that_is_gone_says_so_and_can_be_tried_again(user: User) -> None:
    found = await stored()
    for name, media_type in (("gone.txt", "text/plain"), ("gone.png", "image/png")):
        attach(found, name, b"text", media_type)
        path, _ = files.open_artifact(found.id, name)
        aside = path.rename(path.with_suffix(".aside"))

        assert f"The file {name} of job #{found.id} is not in the data folder of this machine" in await show(
            user, found, name
        )

    aside.rename(path)
    user.find("Try again").click()

    await until(lambda: any(each.tag == "img" for each in one(user, "file-gone.png").descendants()))


async def test_what_cannot_be_shown_can_only_be_downloaded(user: User) -> None:
    found = await stored()
    attach(found, "report.pdf", b"%PDF-1.7", "application/pdf")
    await user.open(f"/jobs/{found.id}")

    await until(lambda: names(user, "file-"))

    assert names(user, "show-") == []
    links = [each.props["href"] for each in one(user, "file-report.pdf").descendants() if "href" in each.props]
    assert links == [f"/api/v1/jobs/{found.id}/artifacts/report.pdf?download=true"]


async def test_no_more_of_a_large_file_is_read_than_is_said(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await stored()
    attach(found, "large.csv", b"name,price\n" + b"Ada,1\n" * 1_000_000, "text/csv")
    parts: list[FilePart] = []
    read = job_reading.read_file

    def watched(*args: Any, **options: Any) -> FilePart:
        parts.append(read(*args, **options))
        return parts[-1]

    monkeypatch.setattr(job_reading, "read_file", watched)

    shown = await show(user, found, "large.csv")

    assert "200 of about 1,000,000 rows" in shown
    assert [len(part.data) for part in parts] == [READ_BYTES]


async def test_an_open_preview_stays_while_other_files_come(user: User) -> None:
    found = await stored()
    attach(found, "b.txt", b"second", "text/plain")
    await show(user, found, "b.txt")
    preview = one(user, "file-b.txt")

    attach(found, "a.html", b"<h1>report</h1>", "text/html")
    bridge.refreshed.emit()

    await until(lambda: names(user, "file-") == ["file-a.html", "file-b.txt"])
    assert one(user, "file-b.txt") is preview
    assert "second" in said(preview)
    await until(lambda: any(each.tag == "iframe" for each in one(user, "file-a.html").descendants()))
