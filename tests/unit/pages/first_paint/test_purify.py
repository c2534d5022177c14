"""What is sent in the place of DOMPurify, and that NiceGUI asks for it there."""

import inspect

import nicegui
from nicegui.dependencies import generate_resources

from app.pages.first_paint.purify import IN_ITS_PLACE, WHOLE, purify_script, scripts


def test_the_head_of_a_page_imports_what_is_sent_in_its_place() -> None:
    folder = f"/_nicegui/{nicegui.__version__}/"

    assert f"/_nicegui/{{__version__}}/{IN_ITS_PLACE.removeprefix(folder)}" in inspect.getsource(generate_resources)


def test_what_is_sent_in_its_place_is_little_and_shows_nothing() -> None:
    little = scripts()[IN_ITS_PLACE]

    assert len(little) < 100
    assert 'sanitize: () => ""' in little


def test_all_of_it_is_there_where_the_script_looks_for_it() -> None:
    folder, _, name = WHOLE.rpartition("/")

    assert IN_ITS_PLACE.startswith(f"{folder}/")
    assert f'"{name}"' in purify_script()
    assert scripts()[WHOLE].rstrip().endswith("as default};")
