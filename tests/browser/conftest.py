"""One real instance and one browser for the folder; for each test a fresh person, and an eye on every complaint."""

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.complaints import Complaints
from tests.browser.script import Script
from tests.e2e.instance import ROOT, Instance
from tests.missing import missing
from tests.patience import patient

KINDS = Path(__file__).with_name("kinds.py")
RESULTS = ROOT / "test-results"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
DESK, PHONE = (1280, 900), (390, 844)
PATIENCE_SECONDS = 30
SHOWN_LINES = 100

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The running instance that all tests share; a test that harms it mends it."""
    running = Instance(tmp_path_factory.mktemp("browser"), jobs=[KINDS])
    try:
        running.run()
        yield running
    finally:
        running.close()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver. Its event loop holds this thread: it has to go before other folders run theirs."""
    with sync_playwright() as driver:
        expect.set_options(timeout=patient(PATIENCE_SECONDS) * 1000)
        yield driver


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The Chromium of this machine."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing("The browser tests need Chromium on the PATH.")
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    browser = playwright.chromium.launch(executable_path=path, args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """What the pages of a test complained about; at its end there must be nothing it did not provoke."""
    heard = Complaints()
    yield heard
    assert not heard.unexpected, "\n".join(heard.unexpected)


@pytest.fixture
def new_person(
    request: pytest.FixtureRequest, browser: Browser, instance: Instance, complaints: Complaints
) -> Iterator[Callable[..., BrowserContext]]:
    """Make a browser context of its own: other cookies, other storage. Takes the options of `Browser.new_context`."""
    contexts: list[BrowserContext] = []

    def make(*, size: tuple[int, int] = DESK, **options: object) -> BrowserContext:
        width, height = size
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{instance.port}",
            viewport={"width": width, "height": height},
            **{"reduced_motion": "reduce", "accept_downloads": True, **options},  # type: ignore[arg-type]  # handed on to Playwright, which checks them
        )
        context.set_default_timeout(patient(PATIENCE_SECONDS) * 1000)
        context.tracing.start()  # without snapshots: they run a script in every frame, which a sandboxed one refuses
        complaints.listen(context)
        contexts.append(context)
        return context

    yield make
    name = re.sub(r"\W+", "-", request.node.name).strip("-")[:100]
    has_failed = request.node.stash.get(FAILED, False) or bool(complaints.unexpected)
    for number, context in enumerate(contexts):
        if not has_failed:
            context.tracing.stop()
        else:
            for tab, page in enumerate(context.pages):
                page.screenshot(path=RESULTS / f"{name}-{number}-{tab}.png")
            context.tracing.stop(path=RESULTS / f"{name}-{number}.zip")
        context.close()


@pytest.fixture
def open_page(new_person: Callable[..., BrowserContext]) -> OpenPage:
    """Open a page as a new person; `size` and the options of `Browser.new_context` are those of its browser."""

    def open_as_new_person(path: str = "/", *, size: tuple[int, int] = DESK, **options: object) -> Page:
        page = new_person(size=size, **options).new_page()
        page.goto(path)
        return page

    return open_as_new_person


@pytest.fixture
def script(tmp_path: Path, instance: Instance) -> Iterator[Script]:
    """What the `play` job of a test does; it ends with the test."""
    steps = Script(tmp_path / "script.ndjson")
    yield steps
    steps.end()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep whether a test failed, for its fixtures, and show with it what the instance printed last."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        item.stash[FAILED] = True
        running = item.funcargs.get("instance")
        if isinstance(running, Instance):
            report.sections.append(("printed by Jobdeck", "\n".join(running.printed().splitlines()[-SHOWN_LINES:])))
    return report
