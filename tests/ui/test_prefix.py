"""Below the path prefix of a proxy no page leads out of it."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from nicegui import ui
from nicegui.element import Element
from nicegui.testing import User

import app.pages
from app.pages.widgets.markup import own_address
from app.queue import JobContext, job, start
from tests.actors import ME
from tests.store import claimed, done, stored
from tests.ui.tab import names, one, open_tab, until

PREFIX = "/deck"
PAGES = Path(app.pages.__file__).parent
LEADS = ("href", "src", "action", "url")
KNOWS_BY_ITSELF = (ui.link, ui.image, ui.upload)
"""Elements of NiceGUI that put the prefix before their address in the browser."""
RAW = re.compile(r"""(?:\b(?:href|src|action)=["'`]|(?:fetch|assign|open|replaceState|pushState)\(["'`])/[a-z]""")


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person whose browser is led through a proxy; there are jobs of every end."""

    @job(title="Count")
    def count(ctx: JobContext) -> None:
        """Count."""

    for outcome in ("succeeded", "failed"):
        message = stored()
        assert claimed(message)
        done(message, outcome=outcome)
    start(count, {}, by=ME)
    async with open_tab() as person:
        person.http_client.headers["X-Forwarded-Prefix"] = PREFIX
        yield person


def leads(user: User) -> Iterator[tuple[str, str]]:
    """Give the addresses on the page that go out as they are: the element and the address."""
    assert user.client is not None
    for element in user.client.elements.values():
        for name in LEADS:
            address = element.props.get(name)
            if isinstance(address, str) and address.startswith("/") and not isinstance(element, KNOWS_BY_ITSELF):
                yield _named(element), address


def _named(element: Element) -> str:
    return str(element.props.get("data-testid") or element.tag)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/", "start-count"),
        ("/history", "export-csv"),
        ("/jobs/1", "state-1"),
        ("/schedules", "go-schedules"),
        ("/workers", "go-workers"),
        ("/insights", "go-insights"),
        ("/settings", "settings-"),
        ("/settings/audit", "audit-export"),
        ("/settings/account", "settings-account"),
        ("/settings/about", "settings-about"),
    ],
)
async def test_no_address_of_a_page_leads_out(user: User, path: str, shown: str) -> None:
    await user.open(path)
    await until(lambda: names(user, shown))
    found = list(leads(user))
    assert [one for one in found if not one[1].startswith(f"{PREFIX}/")] == []


async def test_figures_and_files_lead_below_it(user: User) -> None:
    await user.open("/history")
    await until(lambda: "href" in one(user, "export-csv").props)
    assert one(user, "export-csv").props["href"].startswith("/deck/api/v1/jobs.csv?")
    await user.open("/insights")
    await until(lambda: any(address.startswith("/deck/history?") for _, address in leads(user)))


async def test_without_a_prefix_there_is_none(room: Path) -> None:
    async with open_tab() as user:
        await user.open("/")
        assert user.client is not None
        with user.client:
            assert own_address("/jobs/1") == "/jobs/1"


def test_no_script_and_no_template_has_an_address_from_the_root() -> None:
    scripts = [*PAGES.rglob("*.js"), *PAGES.rglob("*.vue"), *PAGES.rglob("*.html")]
    found = [f"{path.name}: {match[0]}" for path in scripts for match in RAW.finditer(path.read_text())]
    assert len(scripts) >= 10
    assert found == []
