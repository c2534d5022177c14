"""Several pages at once: what happens anywhere shows everywhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.db import State
from tests.browser.conftest import OpenPage
from tests.browser.script import Script
from tests.browser.tab import ask_to_start, card, expect_state, fill, started, unfold_waiting
from tests.e2e.instance import PROCESSES, THREADS, Instance

CROWD = 60
LINGER_SECONDS = 4
"""NOTE: a finished card goes after 2.25 s (running_jobs.js), unless the pointer is over the list."""
SECONDS = "id => parseInt(document.querySelector(`[data-testid=job-card-${id}] .jd-job__elapsed`).innerText)"
OLDER = f"([id, seconds]) => ({SECONDS})(id) >= seconds"


@pytest.fixture
def crowd(instance: Instance) -> Iterator[list[int]]:
    """Sixty jobs that wait while eight others hold all threads."""
    holders = [instance.start("play", script="/nowhere") for _ in range(PROCESSES * THREADS)]
    instance.wait_for_all(holders, State.RUNNING)
    waiting = [instance.start("no_parameters") for _ in range(CROWD)]
    yield waiting
    for job_id in [*reversed(waiting), *holders]:
        instance.cancel(job_id)
    instance.wait_for_all(holders, State.CANCELLED)


def test_a_job_started_in_one_tab_has_its_card_in_the_other(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    one = open_page()
    other = one.context.new_page()
    other.goto("/")
    someone_else = open_page()

    ask_to_start(one, "play")
    fill(one, "script", str(script))
    one.get_by_test_id("start-submit").click()
    job_id = started(one)
    script.be_stubborn()

    pages = (one, other, someone_else)
    for page in pages:
        expect(card(page, job_id)).to_be_visible()
    script.progress(3, 4, "Nearly")
    for page in pages:
        expect(page.get_by_test_id(f"progress-{job_id}")).to_have_attribute("aria-valuenow", "75")
    someone_else.get_by_test_id(f"cancel-{job_id}").click()
    someone_else.mouse.move(0, 0)
    for page in pages:
        expect_state(page, job_id, "Stopping…")
    script.give_in()
    for page in pages:
        expect_state(page, job_id, "Cancelled")
        expect(card(page, job_id)).to_have_count(0)


def test_what_programs_do_shows_on_every_open_page(open_page: OpenPage, instance: Instance, script: Script) -> None:
    job_id = instance.start("play", script=script)
    dashboard, history, job = open_page(), open_page("/history"), open_page(f"/jobs/{job_id}")
    pages = (history, job)
    for page in pages:
        expect_state(page, job_id, "Running")
    expect(card(dashboard, job_id)).to_be_visible()

    script.be_stubborn()
    script.give_in()
    instance.cancel(job_id)

    for page in (dashboard, *pages):
        expect_state(page, job_id, "Cancelled")
    script.path.unlink()
    script.end("again")
    instance.retry(job_id)
    for page in (dashboard, *pages):
        expect_state(page, job_id, "Succeeded")
    assert instance.api.delete(f"/api/v1/jobs/{job_id}").status_code == 204
    expect(history.get_by_test_id(f"job-row-{job_id}")).to_have_count(0)
    expect(dashboard.get_by_test_id(f"job-row-{job_id}")).to_have_count(0)
    expect(job.get_by_role("main")).to_contain_text(f"Job #{job_id} was deleted.")


def test_the_tabs_title_counts_what_runs(open_page: OpenPage, instance: Instance, script: Script) -> None:
    page = open_page("/history")
    instance.start("play", script=script)

    page.wait_for_function("/^History · 1 running/.test(document.title)")
    script.end()
    page.wait_for_function("!/running/.test(document.title)")


def test_sixty_waiting_jobs_leave_the_dashboard_calm(open_page: OpenPage, crowd: list[int]) -> None:
    page = open_page()

    expect(page.get_by_test_id("waiting")).to_have_text("60 queued")
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(8)  # those that run
    unfold_waiting(page)
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(20)
    expect(page.get_by_role("link", name="and 48 more jobs wait")).to_be_visible()
    expect(page.get_by_test_id("count-queued")).to_have_text("60")
    page.get_by_role("link", name="and 48 more jobs wait").click()
    expect(page.get_by_test_id("history-count")).to_have_text("60 jobs")


def test_a_waiting_job_says_why(open_page: OpenPage, crowd: list[int]) -> None:
    page = open_page(f"/jobs/{crowd[0]}")

    said = page.get_by_role("main")
    expect(said).to_contain_text("Next in the queue default; 0 of 8 threads free: #")
    page.goto(f"/jobs/{crowd[-1]}")
    expect(said).to_contain_text("Behind 59 jobs in the queue default; 0 of 8 threads free: #")


def test_a_card_stays_where_it_is_while_the_pointer_is_over_it(
    open_page: OpenPage, instance: Instance, script: Script, tmp_path: Path
) -> None:
    other = Script(tmp_path / "other.ndjson")
    first = instance.start("play", script=other)
    second = instance.start("play", script=script)
    page = open_page()
    card(page, second).hover()
    place = card(page, second).bounding_box()

    other.end()
    expect_state(page, first, "Succeeded")
    page.wait_for_function(OLDER, arg=[second, page.evaluate(SECONDS, second) + LINGER_SECONDS])

    assert card(page, second).bounding_box() == place
    page.mouse.move(0, 0)
    expect(card(page, first)).to_have_count(0)
