"""Values in params, of every type and at every path, found alike on both databases."""

from typing import Any

import pytest

from app.db import JobFilter
from app.db.queries import jobs
from tests.store import stored

pytestmark = pytest.mark.both_databases

PARAMS: dict[str, dict[str, Any]] = {
    "odd keys": {"a.b": {"c d": 1}, 'say "x"': 2, "back\\slash": 3, "größe": 4, "2024": {"7": 5}, "": 6, "UP": 7},
    "nothing": {"note": None, "tags": [], "inner": {}, "flag": False, "text": ""},
    "numbers": {"n": -5, "big": 9007199254740993, "tiny": 0.25, "sum": 0.1 + 0.2, "huge": 1e22, "zero": 0, "at": "-5"},
    "neighbours": {"n": -6, "big": 9007199254740992, "huge": 12345678901234567890, "sum": 0.3, "zero": -0.0},
    "lists": {"lines": [{"sku": "A-1"}, {"sku": "b_2"}], "sizes": [1, 2.5, "big", None, True], "flag": True},
    "texts": {
        "name": "Übung 50%_x",
        "street": "STRASSE",
        "star": "a*b",
        "word": "ΣΊΣΥΦΟΣ",
        "null": "null",
        "order": "B-c",
    },
    "others": {"name": "übung 50 x", "street": "Straße", "star": "aXb", "order": "a c", "path": "C:\\temp\\new"},
}
QUERIES: dict[str, set[str]] = {
    'params."a.b"."c d":1': {"odd keys"},
    "params.a.b:*": set(),
    r'params."say \"x\"":2': {"odd keys"},
    r'params."back\\slash":3': {"odd keys"},
    r'params."back\slash":3': {"odd keys"},
    "params.größe:4": {"odd keys"},
    "params.2024.7:5": {"odd keys"},
    'params."":6': {"odd keys"},
    "params.UP:7": {"odd keys"},
    "params.up:7": set(),
    "PARAMS.UP:7": {"odd keys"},
    "params.note:null": {"nothing"},
    "params.note:*": set(),
    "params.missing:null": set(),
    "params.null:null": {"texts"},
    "params.sizes:null": {"lists"},
    "params.tags:*": set(),
    "params.inner:*": {"nothing"},
    "params.inner:0": set(),
    "params.flag:false": {"nothing"},
    "params.flag:TRUE": {"lists"},
    "params.flag:1": set(),
    "params.sizes:true": {"lists"},
    'params.text:""': {"nothing"},
    "params.n:-5": {"numbers"},
    "params.at:-5": {"numbers"},
    "-params.n:-5 params.n:*": {"neighbours"},
    "params.n:<-5": {"neighbours"},
    "params.n:>=-5": {"numbers"},
    "params.n:>-6.5": {"numbers", "neighbours"},
    "params.big:9007199254740993": {"numbers"},
    "params.big:9007199254740992": {"neighbours"},
    "params.tiny:0.25": {"numbers"},
    "params.tiny:2.5E-1": {"numbers"},
    "params.huge:1e22": {"numbers"},
    "params.huge:12345678901234567890": {"neighbours"},
    "params.huge:>1e20": {"numbers"},
    "params.sum:0.30000000000000004": {"numbers"},
    "params.sum:0.3": {"neighbours"},
    "params.sum:<=0.3": {"neighbours"},
    "params.zero:0": {"numbers", "neighbours"},
    "params.lines.0.sku:a-1": {"lists"},
    "params.lines.1.sku:*_2": {"lists"},
    "params.lines.2.sku:*": set(),
    "params.lines.-1.sku:*": set(),
    "params.lines.01.sku:*": set(),
    "params.sizes.1:2.5": {"lists"},
    "params.sizes.4:true": {"lists"},
    "params.lines.sku:*": set(),
    "params.lines.x:*": set(),
    "params.n.x:*": set(),
    'params.name:"ÜBUNG 50%_x"': {"texts"},
    "params.name:*BUNG": set(),
    "params.name:ÜB*": {"texts", "others"},
    "params.name:*%_*": {"texts"},
    "params.street:straße": {"texts", "others"},
    "params.street:STRASSE": {"texts", "others"},
    "params.word:σίσυφος": {"texts"},
    "params.star:a*b": {"texts", "others"},
    'params.star:"a*b"': {"texts"},
    "params.star:A*B*": {"texts", "others"},
    "params.order:>a": {"others"},
    "params.order:>B": {"texts", "others"},
    'params.order:<"B.d"': {"texts"},
    r'params.path:"c:\temp\new"': {"others"},
    r"params.path:c:\temp*": {"others"},
}


def test_a_value_is_found_whatever_its_type_and_wherever_it_is(database: str) -> None:
    named = {stored(params=params).job_id: name for name, params in PARAMS.items()}

    found = {text: {named[job.id] for job in jobs.list_jobs(JobFilter(text=text)).items} for text in QUERIES}

    assert found == QUERIES
