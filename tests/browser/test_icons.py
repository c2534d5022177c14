"""Icons: those of the sprite are drawn without a font, any other comes from the font, which is loaded for it alone."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage

_OTHER_ICON = """async () => {
  const sign = document.createElement("i");
  sign.className = "material-icons";
  sign.style.fontSize = "24px";
  sign.textContent = "pets";
  document.body.append(sign);
  const faces = await document.fonts.load("24px 'Material Icons'");
  return [faces.length, Math.round(sign.getBoundingClientRect().width)];
}"""


def test_the_icons_of_the_pages_need_no_font_and_another_gets_it(open_page: OpenPage) -> None:
    page = open_page()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.reload()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    page.keyboard.press("Control+k")
    sign = page.get_by_test_id("palette-0").locator(".jd-icon")
    expect(sign).to_be_visible()

    mask = sign.evaluate("sign => getComputedStyle(sign, '::before').maskImage")
    assert mask.startswith('url("data:image/svg+xml')
    expect(page.locator(".material-icons")).to_have_count(0)
    assert not [url for url in loaded if "/_nicegui/" in url and url.endswith(".woff2")]
    assert page.evaluate(_OTHER_ICON) == [1, 24]
