"""Every icon that the pages and the shipped kinds name is in the sprite: for any other the browser loads a font."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.pages.first_paint.icons import icon_styles, icons
from app.pages.jobs.state_badge import LOOKS

APP = Path(__file__).parents[4] / "app"
OF_QUASAR = {"arrow_drop_down", "cancel", "close", "error"}
"""What its select, chips and fields draw by themselves."""
_IN_TEXTS = re.compile(r'icon-right=([a-z_]+)|<q-icon name="([a-z_]+)"')


def named(path: Path) -> Iterator[str]:
    """Find the names of icons in a file: `icon="name"`, `ui.icon("name")`, and in templates and props."""
    text = path.read_text()
    yield from (name for found in _IN_TEXTS.findall(text) for name in found if name)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            is_icon = ast.unparse(node.func).endswith("icon")
            values = [each.value for each in node.keywords if each.arg == "icon"] + (node.args[:1] if is_icon else [])
            yield from (one.value for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if ast.unparse(target) == "_ICONS":
                yield from (str(one.value) for one in node.value.values if isinstance(one, ast.Constant))


def test_each_icon_has_a_drawing_and_a_rule() -> None:
    styles = icon_styles()
    for name, path in icons().items():
        assert re.fullmatch(r"[MLHVQCSZ0-9 .,-]+", path), name
        assert f".jd-icon--{name}," in styles


@pytest.mark.thorough
def test_the_sprite_holds_what_is_named() -> None:
    files = [*APP.glob("pages/**/*.py"), *APP.glob("jobs/**/*.py")]
    names = {name for path in files for name in named(path)} | OF_QUASAR | {look.icon for look in LOOKS.values()}

    assert len(names) > 30
    assert sorted(names - icons().keys()) == []
