"""Figures as a person reads them: durations, sizes, counts. NOTE: jobdeck_time.js writes the same in the browser."""

from datetime import timedelta

MINUTE, HOUR, DAY = 60, 3600, 86400


def duration(seconds: float | None) -> str:
    """Return `seconds` in words: "42 ms", "7.6 s", "1 min 05 s", "2 h 04 min", "3 d 02 h"; "" for None."""
    if seconds is None:
        return ""
    if seconds < 0.0995:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < MINUTE and round(seconds, 1) < MINUTE:
        return f"{seconds:.1f} s" if seconds != int(seconds) else f"{int(seconds)} s"
    whole = int(seconds + 0.5)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02d} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d} min"
    return f"{whole // DAY} d {whole % DAY // HOUR:02d} h"


def duration_in_full(span: timedelta) -> str:
    """Return a duration with nothing rounded away: "1 h 30 min", "40 d 5 s", "0.25 s"."""
    rest, parts = abs(span), []
    for unit, seconds in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        whole, rest = divmod(rest, timedelta(seconds=seconds))
        if whole:
            parts.append(f"{whole:,} {unit}")
    if rest or not parts:
        fraction = f".{rest.microseconds:06}".rstrip("0").rstrip(".")
        parts.append(f"{rest.seconds}{fraction} s")
    return ("-" if span < timedelta() else "") + " ".join(parts)


def count(number: float) -> str:
    """Return a number with its thousands apart ("1,284"); one decimal below a hundred unless it is whole ("21.4")."""
    return f"{number:,.1f}" if number < 100 and number != int(number) else f"{round(number):,}"


def short_count(number: float) -> str:
    """Return a count in at most five characters: "9,999", "12k", "1.2M"."""
    if number < 10_000:
        return count(number)
    amount, unit = number / 1000, "k"
    if amount >= 999.5:
        amount, unit = amount / 1000, "M"
    return f"{amount:.1f}".removesuffix(".0") + unit if amount < 9.95 else f"{amount:.0f}{unit}"


def size(size_bytes: int) -> str:
    """Return a size in decimal units: "812 B", "4.1 kB", "2.1 GB"."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    amount = float(size_bytes)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return "1 job" or "2 jobs"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"
