"""Figures as people read them: counts, sizes, shares and durations in a few characters. Nothing here is escaped."""

LONGEST = 60
# One rule for every report: that of NumPy, pandas and Excel (Hyndman and Fan, 1996, "Sample quantiles in statistical
# packages"). In the JSON, and as a sentence for people.
PERCENTILE_RULE = "linear, type 7 of Hyndman and Fan"
PERCENTILES_SAID = (
    "Percentiles are exact; between two values they are interpolated, as NumPy, pandas and Excel do "
    "(type 7 of Hyndman and Fan)."
)
_SIZES = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"))


def counted(count: int, noun: str, *, plural: str | None = None) -> str:
    """Return "1 row" or "1,204 rows"; `plural` where it is not the noun with an "s"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {plural or noun + 's'}"


def clipped(text: str, *, longest: int = LONGEST) -> str:
    """Return `text` on one line, cut at `longest` characters."""
    line = " ".join(text.split()) if text.strip() else text
    return line if len(line) <= longest else line[: longest - 1] + "…"


def percent(part: float, whole: float) -> str:
    """Return a share for people: never "0%" or "100%" for some."""
    if not whole or not part:
        return "0%"
    share = 100 * part / whole
    if share < 0.1:
        return "<0.1%"
    if part < whole and share > 99.9:
        return ">99.9%"
    return f"{share:.1f}%".replace(".0%", "%")


def size(size_bytes: int) -> str:
    """Return a size for people, 1 KB being 1,000 bytes: "1 byte", "12 KB", "1.2 MB", "938 MB", "4.1 TB"."""
    if size_bytes < 1_000:
        return f"{size_bytes} byte{'s' * (size_bytes != 1)}"
    for unit, name in _SIZES:
        # From 99.95 on, the digit behind the point would make it "100.0".
        if size_bytes >= 0.9995 * unit:
            return (
                f"{size_bytes / unit:,.1f} {name}" if size_bytes < 99.95 * unit else f"{size_bytes / unit:,.0f} {name}"
            )
    return f"{size_bytes / 1_000:.0f} KB"


def duration(seconds: float) -> str:
    """Return a duration for people: "12 ms", "1.4 s", "3 min 20 s", "2 h 5 min"."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
