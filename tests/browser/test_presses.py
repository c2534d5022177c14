"""A press counts, also where its control moves, or is drawn anew, before the press is through."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from app.db import State
from tests.browser.conftest import OpenPage
from tests.browser.test_lost_acts import expect_live
from tests.e2e.instance import Instance
from tests.waiting import until


class Held:
    """What the server says to a page that is opened after this; inside `with` it is kept back, but for its pings.

    `since`: only from the first message on that holds this.
    """

    def __init__(self, page: Page, *, since: str = "") -> None:
        self._messages: list[str] = []
        self._since = since
        self._is_held = False
        page.route_web_socket(re.compile("."), self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        self._route = route
        route.connect_to_server().on_message(self._pass_on)

    def _pass_on(self, message: str | bytes) -> None:
        if self._is_held and message != "2" and (self._messages or self._since in str(message)):
            self._messages.append(str(message))
        else:
            self._route.send(message)

    def __enter__(self) -> list[str]:
        self._is_held = True
        return self._messages

    def __exit__(self, *_: object) -> None:
        self._is_held = False
        for message in self._messages:
            self._route.send(message)


def test_a_button_that_moves_while_it_is_pressed_is_pressed(open_page: OpenPage) -> None:
    page = open_page("/schedules")
    expect_live(page)
    expect(page.get_by_test_id("band").get_by_role("img").first).to_be_visible()  # it moves nothing any more
    place = page.get_by_test_id("new-schedule").bounding_box()
    assert place is not None

    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.get_by_test_id("band").evaluate("(band) => (band.style.marginBottom = '300px')")
    page.mouse.up()

    expect(page.get_by_role("dialog", name="New schedule")).to_be_visible()


def test_a_button_that_the_server_has_drawn_anew_is_pressed(
    new_person: Callable[..., BrowserContext], instance: Instance
) -> None:
    resumed, other = (
        instance.api.post(
            "/api/v1/schedules", json={"kind": "no_parameters", "name": name, "cron": "0 3 1 1 *"}
        ).json()["id"]
        for name in ("Resumed", "Other")
    )
    assert instance.api.post(f"/api/v1/schedules/{resumed}/pause").is_success
    page = new_person().new_page()
    held = Held(page)
    page.goto("/schedules")
    expect(page.get_by_test_id(f"resume-schedule-{resumed}")).to_be_visible()
    expect_live(page)

    with held as messages:
        page.get_by_test_id(f"resume-schedule-{resumed}").click()
        until(lambda: page.evaluate("true") and any(f"pause-schedule-{resumed}" in each for each in messages))
        page.get_by_test_id(f"pause-schedule-{other}").click()
        expect(page.get_by_test_id(f"resume-schedule-{resumed}")).to_be_visible()  # as it was before

    expect(page.get_by_test_id(f"pause-schedule-{resumed}")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("Pause Other")
    for schedule in (resumed, other):
        assert instance.api.delete(f"/api/v1/schedules/{schedule}").status_code == 204


def test_kinds_that_come_late_leave_what_was_typed_and_found(
    new_person: Callable[..., BrowserContext], instance: Instance
) -> None:
    instance.wait_for(instance.start("no_parameters"), State.SUCCEEDED)
    page = new_person().new_page()
    server = Held(page, since='"No parameters","side":')
    kind, offered = page.get_by_test_id("kind-filter"), page.get_by_role("option")

    with server as late:
        page.goto("/history")
        kind.click()
        expect(offered.filter(has_text=re.compile(r"^No parameters\s*Tests$"))).to_be_visible()
        page.keyboard.type("no para")
        expect(offered).to_have_count(1)
        until(lambda: page.title() and late)
    expect_live(page)

    expect(offered).to_have_text([re.compile(r"^No parameters\s*Tests · \d+$")])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"kind=no_parameters"))
