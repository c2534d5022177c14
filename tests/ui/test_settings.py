"""The page of settings: its sections, each by its address, and what is chosen in them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui import app, ui
from nicegui.testing import User

from app.db.audit import entries
from app.db.audit.entries import Entry, Result
from app.db.clock import now
from app.db.retention import rules
from app.pages.settings import page
from app.pages.settings.about import size_of
from app.pages.settings.audit import choice_of, page_of
from app.pages.settings.sections import SECTIONS
from app.pages.shell.shortcuts import Shortcuts
from app.settings import Settings
from tests.actors import person
from tests.store import claimed, done, stored
from tests.ui.tab import RETRIES, fill, names, one, open_tab, text_of, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, on an installation that keeps finished jobs for ten days."""
    page.tell(Settings(data_dir=room, retention_days=10))
    async with open_tab() as user:
        yield user


def table(user: User, name: str) -> list[list[str]]:
    """Return the texts of the rows of the table in a place."""
    rows = [each for each in one(user, name).descendants() if each.tag == "tr"]
    return [[cast(Any, text).text for text in row.descendants() if getattr(text, "text", "")] for row in rows]


async def test_g_and_comma_go_to_the_settings_and_every_section_has_an_address(user: User) -> None:
    await user.open("/")
    user.find(Shortcuts).trigger("key", "g").trigger("key", ",")
    await until(lambda: one(user, "go-settings").props.get("aria-current") == "page")

    for section in SECTIONS:
        user.find(marker=f"go-settings-{section.name}").click()
        await until(lambda section=section: names(user, f"settings-{section.name}"))  # type: ignore[misc]
        assert one(user, f"go-settings-{section.name}").props["aria-current"] == "page"
        assert one(user, "go-settings").props["aria-current"] == "page"
    assert user.client is not None
    assert user.client.title == "About · Jobdeck"


async def test_a_section_that_is_not_there_says_so(user: User) -> None:
    await user.open("/settings/weather")
    await user.should_see("There are no such settings.")


async def test_the_theme_is_one_choice_at_two_places(user: User) -> None:
    await user.open("/settings")
    cast(ui.toggle, one(user, "settings-theme")).set_value("dark")
    user.find(marker="theme").click()
    assert one(user, "theme-dark").props["aria-checked"] == "true"

    user.find(marker="theme-light").click()
    assert cast(ui.toggle, one(user, "settings-theme")).value == "light"
    with user:
        assert app.storage.user["theme"] == "light"


async def test_a_zone_that_was_chosen_is_that_of_typed_times_and_told_to_the_browser(user: User) -> None:
    await user.open("/settings")
    cast(ui.select, one(user, "settings-zone")).set_value("Asia/Kolkata")

    await user.open("/history?since=2026-11-01T00:00:00Z")
    await user.should_see("From 01 Nov 2026 05:30", retries=RETRIES)
    assert user.client is not None
    assert 'dataset.zone = "Asia/Kolkata"' in user.client.head_html


async def test_the_density_is_kept_and_stands_in_the_head_of_every_page(user: User) -> None:
    await user.open("/settings")
    assert user.client is not None
    assert "dataset.density = 'comfortable'" in user.client.head_html
    with one(user, "settings-density"):
        cast(Any, one(user, "settings-density")).value = "compact"

    await user.open("/history")
    assert user.client is not None
    assert "dataset.density = 'compact'" in user.client.head_html


async def test_retention_shows_what_would_go_at_other_lengths(user: User) -> None:
    for days_ago in (1, 8, 40):
        message = await asyncio.to_thread(stored)
        await asyncio.to_thread(claimed, message)
        await asyncio.to_thread(done, message, at=now() - timedelta(days=days_ago))
    await user.open("/settings/retention")
    assert text_of(user, "retention-days") == "10 days"

    await until(lambda: len(table(user, "retention-preview")) == 6)
    assert [(row[0], "now" in row, row[2 if "now" in row else 1]) for row in table(user, "retention-preview")[1:]] == [
        ("7 days", False, "2"),
        ("10 days", True, "1"),
        ("30 days", False, "1"),
        ("90 days", False, "0"),
        ("365 days", False, "0"),
    ]


async def test_about_says_what_runs_here(user: User, room: Path) -> None:
    await user.open("/settings/about")
    await until(lambda: text_of(user, "about-database").startswith("SQLite 3."))
    await until(lambda: " in " in text_of(user, "about-in-the-data-folder"))  # "in 1 file", "in 3 files"
    assert text_of(user, "about-data-folder") == str(room)


def test_the_size_of_a_folder_is_counted_for_a_while_only(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "one").write_bytes(b"x" * 1500)

    assert size_of(tmp_path) == "1.5 kB in 1 file"
    assert size_of(tmp_path, seconds=-1) == "more than 0 B in 0 files"


@pytest.fixture
def audited(room: Path) -> None:
    """Three entries of the audit: a start, one that was refused, and a pause."""
    stored()
    entries.note(Entry(act="cancel", target="job:1", by=person("ann"), result=Result.REFUSED, reason="It is finished."))
    entries.note(Entry(act="pause", target="queue:mail", by=person("ann")))


def asked_for(user: User) -> list[tuple[str, str]]:
    """Return act and target of the rows of the audit that are shown."""
    return [(act, target) for _, _, act, target, *_ in table(user, "audit-entries")[1:]]


async def test_the_audit_is_narrowed_exported_and_in_the_address(audited: None, user: User) -> None:
    await user.open("/settings/audit")
    await until(lambda: asked_for(user) == [("pause", "queue:mail"), ("cancel", "job:1"), ("start", "job:1")])

    cast(ui.input, one(user, "audit-actor")).set_value("ann")
    await until(lambda: asked_for(user) == [("pause", "queue:mail"), ("cancel", "job:1")])
    cast(ui.toggle, one(user, "audit-result")).set_value("refused")
    await until(lambda: asked_for(user) == [("cancel", "job:1")])

    await user.should_see("It is finished.")
    assert one(user, "audit-export").props["href"] == "/api/v1/audit.csv?actor=ann&result=refused"


async def test_the_audit_shows_what_its_address_says_and_older_entries_when_asked(audited: None, user: User) -> None:
    for number in range(2, 60):
        entries.note(Entry(act="cancel", target=f"job:{number}", by=person("bob")))
    await user.open("/settings/audit?actor=bob&weather=fine")
    await until(lambda: len(asked_for(user)) == 50)

    user.find(marker="audit-older").click()

    await until(lambda: len(asked_for(user)) == 58)
    assert not one(user, "audit-older").visible


def test_what_an_address_cannot_choose_is_left_out() -> None:
    assert choice_of("/settings/audit?act=start&result=maybe&x=1&target=") == {"act": "start"}
    assert page_of("job:12") == "/jobs/12"
    assert page_of("job:../x") is None
    assert page_of("queue:1") is None


async def test_a_rule_by_kind_says_what_it_would_remove_before_it_is_set_and_can_be_removed(user: User) -> None:
    for days_ago, kind in ((8, "mail"), (8, "other"), (2, "mail")):
        message = await asyncio.to_thread(stored, kind=kind)
        await asyncio.to_thread(claimed, message)
        await asyncio.to_thread(done, message, at=now() - timedelta(days=days_ago))
    await user.open("/settings/retention")
    await until(lambda: names(user, "rule-kind") and "mail" in cast(Any, one(user, "rule-kind")).options)
    for name, value in (("rule-kind", "mail"), ("rule-state", "succeeded"), ("rule-days", "7")):
        with one(user, name):
            cast(Any, one(user, name)).value = value

    await until(lambda: text_of(user, "rule-preview").startswith("mail, succeeded: 1 job goes"))
    for days in ("10.000", "", "-1"):  # to some the first is ten thousand; a browser's own field reads ten
        fill(user, "rule-days", days, leave=False)
        await until(lambda: text_of(user, "rule-preview").startswith("Enter whole days in digits alone"))
        fill(user, "rule-days", "7", leave=False)
        await until(lambda: text_of(user, "rule-preview").startswith("mail, succeeded: 1 job goes"))
    user.find(marker="rule-add").click()
    await until(lambda: names(user, "remove-rule-mail-succeeded"))
    await user.should_see("Kept for 7 days. 1 job goes at the next pruning", retries=RETRIES)
    await user.should_see("mail, succeeded: kept for 7 days from now on.")
    assert [(one.kind, one.state, one.days) for one in rules.list_rules()] == [("mail", "succeeded", 7)]
    user.find(marker="remove-rule-mail-succeeded").click()
    await until(lambda: not names(user, "remove-rule-mail-succeeded"))
    assert rules.list_rules() == []
    await user.should_see("The rule of mail, succeeded is removed.")
