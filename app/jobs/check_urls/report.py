"""What was found out about a list of addresses, as one line, as CSV and as JSON; `page.py` draws it for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.jobs.check_urls.check import Result
from app.reports import CsvTable, as_json, printable
from app.reports.words import counted

# Time enough to get a new certificate; those that renew themselves do so 30 days before the end (certbot's default).
SOON = timedelta(days=21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The results in the order of the list."""

    results: Sequence[Result]
    made_at: datetime

    @property
    def broken(self) -> list[Result]:
        """Those that gave nothing."""
        return [result for result in self.results if result.is_broken]

    @property
    def ending(self) -> list[Result]:
        """Those that work and whose certificate ends soon."""
        return [result for result in self.results if not result.is_broken and self.is_ending(result)]

    def is_ending(self, result: Result) -> bool:
        """Say whether a certificate ends soon or has ended."""
        return result.certificate_ends is not None and result.certificate_ends - self.made_at < SOON

    def days_left(self, result: Result) -> int | None:
        """Return how many whole days a certificate lasts, below 0 when it has ended; None where there is none."""
        return None if result.certificate_ends is None else (result.certificate_ends - self.made_at).days

    @property
    def sentence(self) -> str:
        """The result in one line: "3 of 120 addresses are broken; 1 certificate ends within 21 days"."""
        total, broken, ending = len(self.results), len(self.broken), len(self.ending)
        if broken:
            line = f"{broken:,} of {counted(total, 'address', plural='addresses')}"
            line += f" {'is' if broken == 1 else 'are'} broken"
        else:
            line = "The address works" if total == 1 else f"All {total:,} addresses work"
        if ending:
            line += f"; {counted(ending, 'certificate')} {'ends' if ending == 1 else 'end'} within {SOON.days} days"
        return line

    def as_csv(self) -> bytes:
        """Return one line for each address."""
        table = CsvTable(
            ("url", "works", "status", "seconds", "redirects", "final_url", "address", "certificate_ends", "error")
        )
        for result in self.results:
            ends = result.certificate_ends
            table.add(
                printable(result.url),
                "no" if result.is_broken else "yes",
                result.status,
                None if result.seconds is None else round(result.seconds, 3),
                len(result.redirects),
                printable(result.final_url),
                result.address,
                _time(ends),
                result.error,
            )
        return table.as_bytes()

    def as_json(self) -> bytes:
        """Return everything as JSON."""
        return as_json(
            {
                "made_at": _time(self.made_at),
                "count": len(self.results),
                "broken": len(self.broken),
                "urls": [self._one(result) for result in self.results],
            }
        )

    def _one(self, result: Result) -> dict[str, Any]:
        return {
            "url": printable(result.url),
            "works": not result.is_broken,
            "status": result.status,
            "seconds": result.seconds,
            "redirects": [{"status": step.status, "url": printable(step.url)} for step in result.redirects],
            "final_url": printable(result.final_url),
            "address": result.address,
            "certificate_ends": _time(result.certificate_ends),
            "certificate_days": self.days_left(result),
            "error": result.error,
        }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
