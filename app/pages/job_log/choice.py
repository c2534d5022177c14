"""Which lines of a log are shown: what is chosen, and what was read of it."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from app.db.snapshots.parts import LEVEL_NUMBERS, LogLine
from app.pages.jobs.one_line import shortened

EVERY_LEVEL = "debug"
_LINES = {"debug": "line", "info": "line above debug", "warning": "warning or error", "error": "error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChoice:
    """Which lines are shown."""

    level: str = EVERY_LEVEL
    text: str = ""
    attempt: int | None = None
    line: int | None = None
    """The `seq` of the line that is shown among those around it, whatever text they have; None: the end of the log."""

    @classmethod
    def of_url(cls, url: str) -> "LogChoice":
        """Read the choice from an address; what cannot be is as if it were not there."""
        given = dict(parse_qsl(urlsplit(url).query))
        level, attempt, line = given.get("level", EVERY_LEVEL), given.get("attempt", ""), given.get("line", "")
        return cls(
            level=level if level in LEVEL_NUMBERS else EVERY_LEVEL,
            text=given.get("log", "").strip(),
            attempt=_number(attempt),
            line=_number(line),
        )

    @property
    def query(self) -> dict[str, str]:
        """What stands in the address; defaults are left out."""
        level = "" if self.level == EVERY_LEVEL else self.level
        parts = {
            "level": level, "log": self.text, "attempt": str(self.attempt or ""), "line": str(self.line or "")
        }  # fmt: skip
        return {name: value for name, value in parts.items() if value}

    @property
    def nothing_found(self) -> str:
        """What is said where no line is as chosen, though there are others: "No error with “disk” in the log"."""
        holding = f" with “{shortened(self.text, 80)}”" if self.text else ""
        where = "the log" if self.attempt is None else f"the log of attempt {self.attempt}"
        return f"No {_LINES[self.level]}{holding} in {where}."

    def holds(self, line: LogLine) -> bool:
        """Say whether a line is shown: at a line that is asked for, those around it, whatever text they have."""
        return self._is_of(line) and (self.line is not None or self._has_text(line))

    def finds(self, line: LogLine) -> bool:
        """Say whether a line has the text. NOTE: as `app.db.queries.details.list_log` does it in SQL."""
        return self._is_of(line) and self._has_text(line)

    def _is_of(self, line: LogLine) -> bool:
        return LEVEL_NUMBERS[line.level] >= LEVEL_NUMBERS[self.level] and self.attempt in (None, line.attempt)

    def _has_text(self, line: LogLine) -> bool:
        return self.text.casefold() in line.text.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """Lines of a log, and what is known of the rest of it."""

    lines: list[LogLine]
    last_seq: int
    """Of the newest line there is, chosen or not."""
    has_earlier: bool = False
    """Whether chosen lines come before these."""
    has_later: bool = False
    """Whether chosen lines come behind these."""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 8 else None
