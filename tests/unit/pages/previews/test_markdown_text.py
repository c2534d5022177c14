"""Markdown becomes HTML that cannot run or load anything, in time in proportion to its length."""

import json
import subprocess
import sys

import pytest

from app.pages.previews.markdown_text import markdown_html
from tests.patience import patient


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Title #", "<h3>Title </h3>"),
        ("one\ntwo  \nthree", "<p>one two<br>three</p>"),
        (
            "a **b** *c* _d_ `e<` ~~f~~",
            "<p>a <strong>b</strong> <em>c</em> <em>d</em> <code>e&lt;</code> <del>f</del></p>",
        ),
        ("snake_case_name and 2 * 3 * 4", "<p>snake_case_name and 2 * 3 * 4</p>"),
        (r"\*not\*", "<p>*not*</p>"),
        ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("> a\n> **b**", "<blockquote><p>a <strong>b</strong></p></blockquote>"),
        ("```python\nx < 1\n\ny\n```\nz", "<pre><code>x &lt; 1\n\ny</code></pre><p>z</p>"),
        ("a\n\n---\n", "<p>a</p><hr>"),
        (
            "| a | b |\n|---|--:|\n| 1 | 2 |\n",
            '<table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>'
            "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
        ),
        ("[x](https://a.b/c?d=1&e)", '<p><a href="https://a.b/c?d=1&amp;e" rel="noopener noreferrer">x</a></p>'),
    ],
)
def test_marks_become_elements(text: str, html: str) -> None:
    assert markdown_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScript:alert(1))",
        "[x](data:text/html,<script>1</script>)",
        "[x](/api/v1/jobs)",
        '[x](https://a"onmouseover="alert(1))',
        "![x](https://elsewhere/pixel.png)",
        "![x](/api/v1/jobs)",
        "```\n</code></pre><script>1</script>",
        "<svg/onload=alert(1)>",
        "**<b onclick=x>**",
    ],
)
def test_nothing_of_it_can_run_or_load(text: str) -> None:
    html = markdown_html(text)

    assert "<img" not in html
    assert "<script" not in html
    assert "<svg" not in html
    assert "<b " not in html
    assert "href" not in html


def test_a_picture_becomes_its_words() -> None:
    assert markdown_html("see ![the plan](plan.png)") == "<p>see <em>the plan</em></p>"


REPEATED = [
    "[",
    "`",
    "[a](",
    "![a](",
    "*",
    "**a",
    "_a ",
    "> ",
    "- a\n",
    "  - a\n    ",
    "|a|\n|-|\n",
    "<!--",
    "```\n",
    "~~a",
]


@pytest.mark.thorough
def test_no_text_holds_up_the_page() -> None:
    """All of them take half a second; the library that this replaces needs minutes for the first alone."""
    program = (
        "import json, sys; from app.pages.previews.markdown_text import markdown_html\n"
        "for text in json.load(sys.stdin): markdown_html(text * (100_000 // len(text)))"
    )

    subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(REPEATED), text=True, check=True, timeout=patient(60)
    )
