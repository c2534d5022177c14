"""The icons of the kinds: a name that the icon font does not know is written out as a word, wider than one sign."""

import importlib
import pkgutil
from typing import Any

from playwright.sync_api import expect

import app.jobs
from app.queue.kinds.kind import Kind
from tests.browser.conftest import OpenPage

_UNKNOWN = """async names => {
  await document.fonts.load("24px 'Material Icons'");
  return names.filter((name) => {
    const sign = document.createElement("i");
    sign.className = "material-icons";
    sign.style.fontSize = "24px";
    sign.textContent = name;
    document.body.append(sign);
    const width = sign.getBoundingClientRect().width;
    sign.remove();
    return Math.abs(width - 24) > 0.5;
  });
}"""


def shipped_kinds() -> list[Kind[..., Any]]:
    """Return the kinds that the modules of app/jobs declare, whichever test has imported them already."""
    names = [module.name for module in pkgutil.iter_modules(app.jobs.__path__)]
    modules = [importlib.import_module(f"app.jobs.{name}") for name in names]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Kind)]


def test_every_shipped_kind_has_an_icon_that_the_font_knows(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.get_by_test_id("connection")).to_be_visible()
    icons = [kind.icon for kind in shipped_kinds() if kind.icon is not None]

    assert len(icons) > 5
    assert page.evaluate(_UNKNOWN, [*icons, "no_such_icon"]) == ["no_such_icon"]
