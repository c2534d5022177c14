"""The dashboard and the alert rules of docs/monitoring ask for figures that /metrics has."""

import json
import re
from pathlib import Path

import pytest

from app.api.metrics import families

FOLDER = Path(__file__).parents[3] / "docs" / "monitoring"
_NAME = re.compile(r"\bjobdeck_[a-z_]+")


def asked_for() -> dict[str, set[str]]:
    """Return which figures each file asks for."""
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    rules = (FOLDER / "alerts.yml").read_text()
    return {"dashboard.json": set(_NAME.findall(" ".join(expressions))), "alerts.yml": set(_NAME.findall(rules))}


@pytest.mark.parametrize("file", ["dashboard.json", "alerts.yml"])
def test_every_figure_is_one_that_metrics_has(file: str) -> None:
    source = Path(families.__file__).read_text()
    known = set(_NAME.findall(source))
    known |= {f"{name}_total" for name in known} | {f"{name}_bucket" for name in known}

    asked = asked_for()[file]

    assert len(asked) >= 6
    assert asked - known == set()


def test_every_panel_has_a_place_of_its_own() -> None:
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)
