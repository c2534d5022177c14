"""Which rules stand in the page itself: those of the outline, in their order, and no others."""

import pytest

from app.pages.first_paint.critical import critical_styles

HTML = '<div class="jd-outline"><a class="jd-link jd-link--on">Here</a></div>'


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".jd-outline{a:b}.jd-table{c:d}", ".jd-outline{a:b}"),
        (".jd-table,.jd-link{a:b}", ".jd-link{a:b}"),
        (".jd-outline .jd-table{a:b}", ""),
        (".jd-outline:has(~ #app:not(:empty)){a:b}", ".jd-outline:has(~ #app:not(:empty)){a:b}"),
        (".jd-link:hover{a:b}.jd-link{c:d}", ".jd-link{c:d}"),
        ("body.body--dark{a:b}body.body--dark .jd-table{c:d}", "body.body--dark{a:b}"),
        (":root{--x:1}html,table{a:b}*,*:before{c:d}", ":root{--x:1}html{a:b}*,*:before{c:d}"),
        ('[data-icon="add"]{a:b}#popup{c:d}::selection{e:f}', ""),
        ("@media (max-width:9px){.jd-link{a:b}.jd-table{c:d}}", "@media (max-width:9px){.jd-link{a:b}}"),
        ("\n@layer quasar{body{a:b}table{c:d}}", "@layer quasar{body{a:b}}"),
        ("@layer a, b;@font-face{x:y}@keyframes z{from{a:b}}@media print{table{a:b}}", ""),
    ],
)
def test_a_rule_stands_in_the_page_where_the_outline_has_all_its_classes(css: str, kept: str) -> None:
    assert critical_styles(css, html=HTML) == kept
