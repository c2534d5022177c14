"""JSON as a tree."""

from typing import Any

from app.pages.previews.json_tree import MOST_NODES, tree_html


def test_values_stand_under_their_names_exactly() -> None:
    html = tree_html({"rows": [9007199254740993, 0.1, None, True], "name": "Ada", "none": []})

    assert "9007199254740993" in html
    assert '<span class="jd-tree__word">null</span>' in html
    assert '<span class="jd-tree__key">name</span> <span class="jd-tree__text">Ada</span>' in html
    assert '<details open><summary><span class="jd-tree__key">rows</span>' in html
    assert "4 items" in html


def test_names_and_texts_are_escaped() -> None:
    html = tree_html({"<b>": "<script>&</script>"})

    assert "<b>" not in html
    assert "&lt;script&gt;&amp;&lt;/script&gt;" in html


def test_a_large_tree_is_folded_and_says_how_much_is_left_out() -> None:
    html = tree_html([{"n": number} for number in range(5000)])

    assert "<details open>" not in html
    assert html.count("<li>") == MOST_NODES
    assert "4,000 more items" in html


def test_a_deep_value_is_drawn_as_far_as_a_page_can_hold_it() -> None:
    value: Any = "bottom"
    for _ in range(500):
        value = [value]

    assert tree_html(value).count("<details") == 29


def test_a_long_text_is_cut_with_its_length() -> None:
    assert "… (5,000 characters)" in tree_html({"text": "x" * 5000})
