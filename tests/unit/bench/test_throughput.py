"""The command line of `make bench`: what it says instead of measuring. How it ends: tests/e2e/test_bench.py."""

import os
import sys

import pytest

from bench import ending
from bench.throughput import __main__ as bench


def run(monkeypatch: pytest.MonkeyPatch, *words: str, load: float = 0.2) -> int:
    """Run it with these arguments on a machine of this load average; give the exit status."""
    monkeypatch.setattr(sys, "argv", ["bench", *words])
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(ending, "by_an_exception", lambda: None)  # the signals of this process are pytest's
    try:
        return bench.main()
    except SystemExit as end:
        return int(end.code or 0)


def test_strict_on_a_busy_machine_measures_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(monkeypatch, "--strict", "--only", "jobdeck-sqlite", load=4.26)

    said = capsys.readouterr()
    assert (status, said.out) == (3, "")
    assert said.err.startswith("Nothing was measured: the load average is 4.3. Close what runs beside it")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--only", "jobdeck,sidekiq"), "'sidekiq' is none of dramatiq, dramatiq-64, jobdeck-sqlite"),
        (("--only", ","), "',' is none of"),
        (("--what", "speed"), "'speed' is none of throughput, start"),
        (("--rounds", "0"), "0 is less than 1"),
        (("--folder", "/nowhere/at/all"), "there is no folder /nowhere/at/all"),
    ],
)
def test_values_that_cannot_be_used_are_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert run(monkeypatch, *words) == 2
    assert sentence in capsys.readouterr().err
