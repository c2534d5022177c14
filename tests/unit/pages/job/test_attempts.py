"""Own frames apart from those of libraries."""

from app.pages.job.attempts import split

TRACEBACK = """Traceback (most recent call last):
  File "/usr/lib/python3.11/threading.py", line 982, in run
    self._target()
  File "/venv/lib/python3.11/site-packages/polars/io.py", line 8, in read
    return _read()
  File "/srv/jobs/report.py", line 41, in report
    frame = profile(path)
            ^^^^^^^^^^^^^
ValueError: ragged
"""


def test_split_joins_the_frames_of_libraries_and_keeps_own_ones_apart() -> None:
    head, library, own, message = split(TRACEBACK)

    assert (head.count, head.text) == (0, "Traceback (most recent call last):")
    assert (library.count, library.is_own) == (2, False)
    assert (own.count, own.is_own) == (1, True)
    assert "^^^^" in own.text
    assert message.text == "ValueError: ragged"


def test_split_loses_nothing() -> None:
    assert "\n".join(piece.text for piece in split(TRACEBACK)) == TRACEBACK.rstrip("\n")


def test_split_takes_any_text() -> None:
    assert [piece.text for piece in split("killed")] == ["killed"]
