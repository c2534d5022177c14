"""How much stands before each of what is tied."""

from app.pages.flow.layers import layers_of


def test_each_stands_behind_the_longest_way_to_it() -> None:
    assert layers_of("abcd", [("a", "b"), ("b", "c"), ("a", "c")]) == {"a": 0, "b": 1, "c": 2, "d": 0}


def test_a_circle_is_cut_at_its_lowest() -> None:
    assert layers_of("abc", [("a", "b"), ("b", "c"), ("c", "a")]) == {"a": 0, "b": 1, "c": 2}
