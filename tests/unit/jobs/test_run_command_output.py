"""The output of a command on its way to the log: lines, progress bars, and what is left out of too much."""

import threading

import pytest

from app.jobs.run_command.backlog import HEAD, PER_SECOND, STRETCH, TAIL, Backlog
from app.jobs.run_command.bar import Bar, read_bar
from app.jobs.run_command.output import MAX_LINE_BYTES, Lines, plain
from tests.patience import patient


def read(*chunks: bytes) -> tuple[list[str], list[str]]:
    """Return the lines that come of these chunks, and what was drawn meanwhile."""
    added: list[bytes] = []
    drawn: list[str] = []
    lines = Lines(added.append, drawn.append)
    for chunk in chunks:
        lines.feed(chunk)
    lines.close()
    return plain(b"".join(added)).splitlines(), drawn


def test_lines_are_put_together_across_reads() -> None:
    assert read(b"on", b"e\ntw", b"", b"o", b"\n\nthree") == (["one", "two", "", "three"], [])
    assert read(b"a\r\n", b"b\r", b"\nc\r\nd\r\n")[0] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("chunks", "line", "drawn"),
    [
        ([b"10%\r", b"20%\r", b"30%\r", b"\n"], "30%", ["10%", "20%", "30%"]),  # wget, rsync
        ([b"\r10%", b"\r20%\r30%", b"\ndone"], "30%", ["10%", "30%"]),  # tqdm
        ([b" 7%", b"\b\b\b 8%", b"\b\b\b\b 9% \xe2\x96\x88", b"\b\b 10%\n"], " 9% 10%", [" 8%", " 9% █"]),  # 7z
        ([b"\x1b[2K\x1b[1G10%", b"\x1b[2K\x1b[1G20%"], "20%", ["10%", "20%"]),  # npm
        ([b"10%\r", b"      \r", b"done\n"], "done", ["10%"]),
    ],
)
def test_a_line_that_is_drawn_again_is_the_last_that_was_drawn(
    chunks: list[bytes], line: str, drawn: list[str]
) -> None:
    lines, seen = read(*chunks)

    assert lines[0] == line
    assert seen[: len(drawn)] == drawn


def test_a_very_long_line_is_cut_and_takes_no_memory() -> None:
    [line, after] = read(*[b"x" * 65_536] * 64, b"\nafter")[0]
    assert (line, after) == ("x" * MAX_LINE_BYTES + " …", "after")


@pytest.mark.parametrize(
    ("line", "bar"),
    [
        (" 45%|████▌     | 45/100 [00:04<00:05,  9.98it/s]", Bar(45, 100, "45% 45/100 [00:04<00:05, 9.98it/s]")),
        (
            "Receiving objects:  33% (1234/3702), 4.5 MiB | 2 MiB/s",
            Bar(1234, 3702, "Receiving objects: 33% (1234/3702), 4.5 MiB | 2 MiB/s"),
        ),
        (
            "linux.iso  12,5%[==>      ]  91.0M  11.2MB/s  eta 58s",
            Bar(12.5, 100, "linux.iso 12,5% 91.0M 11.2MB/s eta 58s"),
        ),
        ("3/10", Bar(3, 10, "3/10")),
        ("step 3 of 10", Bar(3, 10, "step 3 of 10")),
        ("100 %", Bar(100, 100, "100 %")),
        ("1.2/4.8 GB", Bar(1.2, 4.8, "1.2/4.8 GB")),
        ("7/5 done, 400% of what was asked, on 2026/11/29", None),
        ("at 10/s", None),
        ("/srv/1/2/x", None),
        ("0/0", None),
    ],
)
def test_a_bar_is_read(line: str, bar: Bar | None) -> None:
    assert read_bar(line) == bar


class Told:
    """A log that is told what a test wants to see, with a clock of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.at = 0.0
        self.is_open = threading.Event()
        self.is_open.set()
        self.backlog = Backlog(self._log, clock=lambda: self.at)

    def _log(self, text: str, level: str) -> None:
        self.is_open.wait(patient(60))
        self.lines += text.splitlines()

    def add(self, numbers: range) -> None:
        for number in numbers:
            self.backlog.add(b"%d\n" % number, "info")

    def all_lines(self) -> list[str]:
        self.backlog.close()
        assert self.backlog.is_logged(patient(60))
        return self.lines


def test_output_of_a_usual_size_is_logged_whole_though_the_log_stands_still_meanwhile() -> None:
    told = Told()
    told.is_open.clear()
    told.add(range(HEAD + TAIL))
    told.is_open.set()

    assert told.all_lines() == [str(number) for number in range(HEAD + TAIL)]


def test_of_too_much_at_once_the_beginning_and_the_end_are_logged_and_the_rest_is_counted() -> None:
    told = Told()
    told.add(range(HEAD + TAIL + 1234))

    lines = told.all_lines()

    assert lines[:HEAD] == [str(number) for number in range(HEAD)]
    assert lines[HEAD] == "… 1,234 lines left out: they came faster than a log can take …"
    assert lines[HEAD + 1 :] == [str(number) for number in range(HEAD + 1234, HEAD + 1234 + TAIL)]


def test_what_is_held_back_is_logged_as_time_passes_and_in_stretches() -> None:
    told = Told()
    told.add(range(HEAD + STRETCH))
    told.at += STRETCH / PER_SECOND / 2
    told.backlog.tick()
    told.backlog.tick()
    assert len(told.lines) <= HEAD

    told.at += STRETCH / PER_SECOND
    while len(told.lines) < HEAD + STRETCH:
        told.backlog.tick()

    assert told.lines[-1] == str(HEAD + STRETCH - 1)
    assert len(told.all_lines()) == HEAD + STRETCH


def test_few_bytes_are_kept_of_long_lines() -> None:
    told = Told()
    told.is_open.clear()
    line = b"x" * 10_000 + b"\n"
    for _ in range(2_000):
        told.backlog.add(line, "info")
    told.is_open.set()

    lines = told.all_lines()

    assert sum(map(len, lines)) < (HEAD + TAIL) * 85
    assert "lines left out" in lines[HEAD // 125]


def test_what_is_dropped_at_the_end_of_a_job_ends_the_thread() -> None:
    told = Told()
    told.is_open.clear()
    told.add(range(10))
    told.backlog.drop()
    told.is_open.set()

    assert told.backlog.is_logged(patient(60))
    assert len(told.lines) <= 1
