"""The first visit to the dashboard with a browser that knows nothing of it, for one or more builds in turn.

    python -m bench.first_paint                               this tree
    python -m bench.first_paint before=../before here=.       two trees, one after the other in each round

Prints for each build the median of the rounds: kilobytes over the wire, requests, milliseconds until the first content
is painted, until the page has its elements, and until it is live. Each build runs with a data folder of its own, each
round with a new Chromium. Needs the packages of requirements-dev.lock. Run by hand.
"""

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from bench import ending

HERE = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
READY_SECONDS = 120
_MARKS = """() => new Promise((done) => {
  const painted = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  const look = () => painted() === undefined ? setTimeout(look, 20) : done(painted());
  look();
})"""
_WATCH = """
const note = (name, isThere) => {
  if (!isThere() || name in window.benchTimes) return;
  window.benchTimes[name] = performance.now();
};
window.benchTimes = {};
new MutationObserver(() => {
  note("elements", () => document.querySelector("[data-testid^='start-']"));
  note("live", () => document.querySelector("[data-testid=connection][data-state=live]"));
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one visit took; times in milliseconds."""

    kilobytes: float
    requests: int
    painted: float
    elements: float
    live: float


def main() -> int:
    """Measure the builds that are asked for, in turn, and print a table."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("builds", nargs="*", metavar="NAME=TREE", default=[f"here={HERE}"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--path", default="/", help="the page to visit")
    asked = parser.parse_args()
    builds = dict(each.split("=", 1) for each in asked.builds)
    visits: dict[str, list[Visit]] = {name: [] for name in builds}
    with ExitStack() as stack:
        urls = {name: stack.enter_context(running(Path(tree).resolve())) for name, tree in builds.items()}
        playwright = stack.enter_context(sync_playwright())
        for _ in range(asked.rounds):
            for name, url in urls.items():
                visits[name].append(visit(playwright, url + asked.path))
    print_table(visits)
    return 0


@contextmanager
def running(tree: Path) -> Iterator[str]:
    """Run Jobdeck as it is in `tree` with an empty data folder; yield where its page is."""
    python = tree / ".venv" / "bin" / "python"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [python if python.exists() else sys.executable, "main.py", "--no-open", "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--data-dir", folder], cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=READY_SECONDS)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait for the health route; raise RuntimeError if it does not come."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=1):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"Jobdeck does not become ready at {url}.")


def visit(playwright: Playwright, url: str) -> Visit:
    """Open the page in a new browser and wait until it is live and loads no more."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = ["--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    browser = playwright.chromium.launch(executable_path=path, args=arguments)
    try:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(_WATCH)
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        bytes_of: dict[str, float] = {}
        wire.on("Network.requestWillBeSent", lambda event: _note_request(bytes_of, event))
        wire.on("Network.loadingFinished", lambda event: _note_size(bytes_of, event))
        page.goto(url, wait_until="networkidle")
        painted = page.evaluate(_MARKS)
        page.wait_for_function("'live' in window.benchTimes && 'elements' in window.benchTimes")
        times = page.evaluate("window.benchTimes")
    finally:
        browser.close()
    return Visit(
        kilobytes=sum(bytes_of.values()) / 1000,
        requests=len(bytes_of),
        painted=painted,
        elements=times["elements"],
        live=times["live"],
    )


def _note_request(bytes_of: dict[str, float], event: dict[str, Any]) -> None:
    if not event["request"]["url"].startswith("data:"):
        bytes_of[event["requestId"]] = 0


def _note_size(bytes_of: dict[str, float], event: dict[str, Any]) -> None:
    if event["requestId"] in bytes_of:
        bytes_of[event["requestId"]] = event["encodedDataLength"]


def print_table(visits: dict[str, list[Visit]]) -> None:
    """Print the medians, a line for each build."""
    names = ("kilobytes", "requests", "painted", "elements", "live")
    sys.stdout.write(f"{'':12}" + "".join(f"{name:>12}" for name in names) + "\n")
    for build, made in visits.items():
        medians = (statistics.median(getattr(one, name) for one in made) for name in names)
        sys.stdout.write(f"{build:12}" + "".join(f"{each:12,.0f}" for each in medians) + "\n")


if __name__ == "__main__":
    sys.exit(main())
