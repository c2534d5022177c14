"""Keeps a job's log within its limits: the first half stays, of what follows the last half, with a note between."""

from collections import deque

from app.db.snapshots.parts import NewLogLine

MAX_LINES = 100_000
MAX_BYTES = 10 * 1024 * 1024
NOTE = "… lines were left out here, because this log passed its limit of 100,000 lines or 10 MB …"


class LogLimit:
    """Decides for one run which lines are kept. `lines_before`: how many the job's earlier attempts wrote."""

    def __init__(self, *, lines_before: int = 0) -> None:
        """Start with the head as full as earlier attempts left it."""
        self._head_lines = lines_before
        self._head_bytes = 0
        self._tail: deque[tuple[int, int]] = deque()
        self._tail_bytes = 0
        self._has_note = False

    def admit(self, lines: list[NewLogLine]) -> tuple[list[NewLogLine], list[tuple[int, int, int]]]:
        """Take new lines in.

        Returns:
            The lines to insert, and which written ones to delete before: (job id, first seq, last seq).
        """
        for line in lines:
            text = line.text
            size = len(text) if text.isascii() else len(text.encode())
            if self._head_lines < MAX_LINES // 2 and self._head_bytes < MAX_BYTES // 2:
                self._head_lines += 1
                self._head_bytes += size
            else:
                self._tail.append((line.seq, size))
                self._tail_bytes += size
        left_out: list[int] = []
        while len(self._tail) > MAX_LINES // 2 - 1 or self._tail_bytes > MAX_BYTES // 2:
            seq, size = self._tail.popleft()
            self._tail_bytes -= size
            left_out.append(seq)
        if not left_out:
            return lines, []
        first, last = left_out[0], left_out[-1]
        kept = [line for line in lines if not first <= line.seq <= last]
        if not self._has_note:
            self._has_note = True
            like = lines[-1]
            kept.append(
                NewLogLine(job_id=like.job_id, seq=first, attempt=like.attempt, at=like.at, level=30, text=NOTE)
            )
        return kept, [(lines[-1].job_id, first, last)]
