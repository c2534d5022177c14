"""The whole way from a list of addresses to the files of its report."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpcore

from app.jobs.check_urls.addresses import read_addresses
from app.jobs.check_urls.check import Result, check
from app.jobs.check_urls.page import as_page
from app.jobs.check_urls.report import Report
from app.outward.network import Network
from app.queue import JobContext, JobError, UploadedFile
from app.reports.words import counted
from app.settings import load_settings

WATCH_SECONDS = 0.1


def write_report(
    ctx: JobContext,
    *,
    urls: Iterable[str],
    path: Path | None,
    file: UploadedFile | None,
    at_once: int,
    timeout_seconds: int,
    fail_if_broken: bool,
) -> str:
    """Ask all addresses, attach `report.html`, `report.csv` and `report.json`, and return the result in one line.

    Raises:
        JobError: there are no addresses, or, if asked for, one of them is broken.
        JobCancelled: the job is to stop; connections are cut.
    """
    addresses = read_addresses(urls, path, file)
    checker = Checker(allow_private=load_settings().allow_private_urls, timeout_seconds=timeout_seconds)
    found: dict[int, Result] = {}
    all_of_them = counted(len(addresses), "address", plural="addresses")
    ctx.progress(0, len(addresses), f"Asking {all_of_them}")
    with checker.asking(addresses, at_once=at_once) as futures:
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, timeout=WATCH_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                found[futures[future]] = result = future.result()
                if result.is_broken:
                    ctx.log(f"{result.url}: {result.error or result.status}", level="warning")
            ctx.progress(len(found), len(addresses), f"Asked {len(found):,} of {all_of_them}")
    report = Report(
        results=[found[number] for number in range(len(addresses))], made_at=datetime.now(UTC).replace(microsecond=0)
    )
    ctx.attach("report.html", as_page(report).encode(), "text/html")
    ctx.attach("report.csv", report.as_csv(), "text/csv")
    ctx.attach("report.json", report.as_json(), "application/json")
    if fail_if_broken and report.broken:
        raise JobError(report.sentence)
    return report.sentence


class Checker:
    """Asks several addresses at the same time, each in a thread."""

    def __init__(self, *, allow_private: bool, timeout_seconds: float) -> None:
        """Read the certificates of the authorities: the system's, and those that come with the HTTP client."""
        self._allow_private = allow_private
        self._timeout_seconds = timeout_seconds
        self._context = httpcore.default_ssl_context()
        self._lock = threading.Lock()
        self._is_over = False
        self._networks: set[Network] = set()

    @contextmanager
    def asking(self, addresses: list[str], *, at_once: int) -> Iterator["dict[Future[Result], int]"]:
        """Give a future for each address and its number; those that are not done at the end are cut off."""
        pool = ThreadPoolExecutor(max_workers=min(at_once, len(addresses)), thread_name_prefix="check-url")
        try:
            yield {pool.submit(self._ask, address): number for number, address in enumerate(addresses)}
        finally:
            with self._lock:
                self._is_over = True
                for network in self._networks:
                    network.hang_up()
            # Not waited for: a thread may be in the system's resolver, which hears nothing.
            pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, address: str) -> Result:
        network = Network(allow_private=self._allow_private, seconds=self._timeout_seconds)
        with self._lock:
            if self._is_over:
                network.hang_up()
            self._networks.add(network)
        try:
            return check(address, network, self._context)
        finally:
            with self._lock:
                self._networks.discard(network)
