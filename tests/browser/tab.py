"""What a person does and sees on the pages, in few words."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from app.pages.widgets.toast import PRESSING_SECONDS, READING_SECONDS
from tests.e2e.instance import Instance
from tests.patience import patient
from tests.waiting import until

# A toast stays: a machine that does much else may need as long for what is done or looked at before it. Quasar adds a
# second for its coming.
LASTING_TOASTS = f"""(() => {{
  const wait = window.setTimeout, before = {[(seconds + 1) * 1000 for seconds in (READING_SECONDS, PRESSING_SECONDS)]};
  window.setTimeout = (act, ms, ...more) => wait(act, before.includes(ms) ? 600_000 : ms, ...more);
}})()"""

_STARTED = re.compile(r"#(\d+) (?:is started|succeeded|failed|was cancelled)")

# Every value an attribute (or the text, for "") of the elements of a selector had, by test id, in order.
_RECORD = """([selector, attribute]) => {
  const seen = window.recorded ??= {};
  const look = () => document.querySelectorAll(selector).forEach((element) => {
    const value = attribute ? element.getAttribute(attribute) : element.innerText.trim();
    const values = seen[element.dataset.testid] ??= [];
    if (value !== null && values.at(-1) !== value) values.push(value);
  });
  const whole = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(look).observe(document.body, whole);
  look();
}"""


def ask_to_start(page: Page, kind: str) -> Locator:
    """Press Start at a kind and return the dialog."""
    start = page.get_by_test_id(f"start-{kind}")
    expect(start).to_be_attached()
    if not start.is_visible():  # a phone shows a few kinds at first
        page.get_by_test_id("start-all").click()
    start.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("start-submit")).to_be_visible()
    return dialog


def fill(page: Page, name: str, value: str) -> None:
    """Type into the field of a parameter and leave it."""
    field = page.get_by_test_id(f"field-{name}")
    field.fill(value)
    field.blur()


def put(page: Page, name: str, text: str) -> None:
    """Put a text into a field at once, as a paste does."""
    page.get_by_test_id(f"field-{name}").evaluate(
        """(field, text) => {
            const control = field.matches("input, textarea") ? field : field.querySelector("input, textarea");
            control.focus();
            control.value = text;
            control.dispatchEvent(new InputEvent("input", {bubbles: true, inputType: "insertFromPaste"}));
        }""",
        text,
    )


def expect_file_kept(dialog: Locator) -> None:
    """Wait until the server has the file that was chosen: until then nothing can be started with it."""
    expect(dialog.locator(".jd-upload [data-testid^=remove-]")).to_be_visible()


def choose(page: Page, name: str, *options: str) -> None:
    """Choose in the select of a parameter."""
    page.get_by_test_id(name).click()
    for option in options:
        page.get_by_role("option", name=option, exact=True).click()
    if len(options) > 1:
        page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)


def started(page: Page) -> int:
    """Wait until the page says that a job is started, and return its id."""
    toast = page.get_by_test_id("toast").filter(has_text=_STARTED).last
    found = _STARTED.search(toast.inner_text())
    assert found is not None
    return int(found[1])


def wait_until_kept(instance: Instance, text: str) -> None:
    """Wait until a text is among the preferences of a browser. Other files there take their places, and are gone."""
    folder = instance.data_dir / "preferences"
    until(lambda: any(text in file.read_text() for file in folder.glob("*.json")))


def card(page: Page, job_id: int) -> Locator:
    """Find the card of a job on the dashboard."""
    return page.get_by_test_id(f"job-card-{job_id}")


def unfold_waiting(page: Page) -> None:
    """Let the dashboard show the jobs that wait, each with its card."""
    waiting = page.get_by_test_id("waiting")
    if waiting.get_attribute("aria-expanded") == "false":
        waiting.click()


def expect_state(page: Page, job_id: int, word: str, *, seconds: float = 30) -> None:
    """Wait until a job is shown in a state, once on the page."""
    states = page.get_by_test_id(f"state-{job_id}")
    expect(states).to_have_text([word], timeout=patient(seconds) * 1000)


def record(page: Page, selector: str, attribute: str = "") -> None:
    """Begin to keep every value that an attribute, or the text, of these elements takes."""
    page.evaluate(_RECORD, [selector, attribute])


def recorded(page: Page, name: str) -> list[str]:
    """Return what the element of this test id showed since `record`, without repetition."""
    values: Any = page.evaluate("name => window.recorded[name] ?? []", name)
    return list(values)


def expect_listed(page: Page, job_ids: list[int]) -> None:
    """Wait until exactly these jobs are listed, in this order."""
    page.wait_for_function(
        """ids => JSON.stringify([...document.querySelectorAll("[data-testid^='job-row-']")].map((row) =>
             Number(row.dataset.testid.slice(8)))) === JSON.stringify(ids)""",
        arg=job_ids,
    )


def expect_no_sideways_scroll(page: Page) -> None:
    """Check that the page is not wider than the screen; a phone draws a wider one smaller."""
    size = page.viewport_size
    assert size is not None
    wide = page.evaluate(
        """width => document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("body, body *")]
             .filter((each) => each.getBoundingClientRect().right > width + 1).slice(0, 5)
             .map((each) => each.outerHTML.slice(0, 120))""",
        size["width"],
    )
    assert wide == []
