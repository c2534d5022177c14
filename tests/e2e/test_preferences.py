"""A person's preferences: the browser is known again by its cookie."""

import httpx
from itsdangerous import TimestampSigner

from tests.e2e.instance import Instance


class AnHourAhead(TimestampSigner):
    """Signs as the web process does while the clock is an hour ahead."""

    def get_timestamp(self) -> int:
        """Return the seconds since the epoch."""
        return super().get_timestamp() + 3600


def test_a_browser_is_known_for_a_year_also_when_the_clock_was_set_back(instance: Instance) -> None:
    first = page(instance)
    name, signed = next(iter(first.cookies.items()))
    assert "Max-Age=31536000;" in first.headers["set-cookie"]
    key = (instance.data_dir / "secret.key").read_text().strip()
    ahead = AnHourAhead(key).sign(TimestampSigner(key).unsign(signed)).decode()

    assert "set-cookie" not in page(instance, {name: signed}).headers
    assert "set-cookie" not in page(instance, {name: ahead}).headers
    assert "set-cookie" in page(instance, {name: "forged"}).headers


def page(instance: Instance, cookies: dict[str, str] | None = None) -> httpx.Response:
    """Open the page as a browser does."""
    with httpx.Client(base_url=instance.api.base_url, cookies=cookies) as browser:
        return browser.get("/", headers={"Accept": "text/html"})
