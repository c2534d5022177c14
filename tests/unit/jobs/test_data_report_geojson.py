"""Collections of GeoJSON: each feature is a row."""

import codecs
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from app.jobs.data_report import data_report
from app.jobs.data_report.table.text import features, lines
from app.queue import JobError
from tests.unit.jobs.conftest import NotedContext

REMARK = "A collection of GeoJSON: each feature is a row of its properties"
Report = Callable[[str, str | bytes], NotedContext]
PLACES = [
    {
        "type": "Feature",
        "id": 7,
        "properties": {"id": "p-1", "people": 300, "seen": {"in": {"year": 1999}}},
        "geometry": None,
    },
    {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [1.5, 2]}},
    {"type": "Feature", "properties": {"people": 500}, "geometry": {"type": "Point", "coordinates": [1.5, 2]}},
]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["places.geojson", "places.json"])
def test_collection_when_it_is_one_object_has_a_row_for_each_feature(
    report: Report, name: str, indent: int | None
) -> None:
    collection = {"type": "FeatureCollection", "name": "places", "bbox": [0, 0, 2, 2], "features": PLACES}

    noted = report(name, json.dumps(collection, indent=indent))

    assert (noted.json["format"], noted.json["rows"]) == ("GeoJSON", 3)
    found = {column["name"]: (column["type"], column["missing"]) for column in noted.json["columns"]}
    assert found == {
        "id": ("text", 2),
        "people": ("integer", 1),
        "seen": ("object", 2),
        "feature.id": ("integer", 2),
        "geometry": ("object", 1),
    }
    assert (noted.column("people")["mean"], noted.column("feature.id")["max"]) == (400, 7)
    assert REMARK in noted.lines
    assert f"{REMARK}." in noted.page


@pytest.mark.thorough
def test_collection_when_it_is_large_is_read_feature_by_feature(report: Report) -> None:
    border = {"type": "LineString", "coordinates": [[1.25, 2.5]] * 60_000}
    places = [{"type": "Feature", "properties": {"people": number}, "geometry": border} for number in range(10)]

    noted = report("places.json", json.dumps({"features": places, "type": "FeatureCollection"}))

    assert (noted.json["rows"], noted.column("people")["mean"]) == (10, 4.5)
    assert (noted.column("geometry")["missing"], noted.column("geometry")["distinct"]) == (0, 1)


@pytest.mark.thorough
def test_collection_when_its_shapes_do_not_fit_into_memory_is_refused_with_what_helps(report: Report) -> None:
    border = {"type": "LineString", "coordinates": [[1.25, 2.5]] * 640_000}
    places = [{"type": "Feature", "properties": {"people": number}, "geometry": border} for number in range(4)]

    with pytest.raises(JobError) as caught:
        report("places.json", json.dumps({"features": places, "type": "FeatureCollection"}))

    assert str(caught.value) == (
        "places.json does not fit into the 250 MB of memory a report may use; "
        "simplify its shapes, of which one takes 7.0 MB, or leave them out."
    )


def test_collection_when_each_line_is_a_feature_has_a_row_for_each_line(report: Report) -> None:
    noted = report("a.geojson", "".join(json.dumps(place) + "\n" for place in PLACES))

    assert (noted.json["rows"], noted.column("properties")["type"]) == (3, "object")


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ([3], "is a collection of GeoJSON with something in it that is no feature; mend it."),
        ("none", "is a collection of GeoJSON with something in it that is no feature; mend it."),
    ],
)
def test_collection_when_something_in_it_is_no_feature_is_refused(
    noted: NotedContext, written: Callable[..., Path], features: Any, sentence: str
) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": features})

    with pytest.raises(JobError) as caught:
        data_report(noted, written("a.geojson", text))

    assert str(caught.value) == f"a.geojson {sentence}"


@pytest.mark.parametrize(
    ("feature", "sentence"),
    [
        ('{"properties": {"a": 1}} 2', "not valid JSON (expecting ',' delimiter, character 26); mend the line."),
        ('{"properties" 1}', "not valid JSON (expecting ':' delimiter, character 15); mend the line."),
        ('], "features": [', 'not valid JSON (the key "features" is there twice in one object); mend the line.'),
        ('3], "features": [', 'not valid JSON (the key "features" is there twice in one object); mend the line.'),
    ],
)
def test_collection_when_its_json_is_wrong_is_refused_with_the_line(
    report: Report, feature: str, sentence: str
) -> None:
    with pytest.raises(JobError) as caught:
        report("a.geojson", f'{{"type": "FeatureCollection",\n"features": [\n{feature}\n]}}')

    assert str(caught.value) == f"a.geojson, line 3: {sentence}"


@pytest.mark.parametrize(
    ("properties", "fault"),
    [
        ('{"a": 1, "b": 2,\n"a": 3}', 'the key "a" is there twice in one object'),
        ('{}, "id": 1,\n"id": 2', 'the key "id" is there twice in one object'),
        ('{"a":\n"\\ud800"}', "a \\u escape is half of a surrogate pair"),
        ('{"a":\nNaN}', "NaN is no number of JSON"),
        ('{"a":\n' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    ],
    ids=["key", "key of a feature", "surrogate", "constant", "depth"],
)
def test_collection_when_a_feature_is_wrong_somewhere_is_refused_with_where_it_begins(
    report: Report, properties: str, fault: str
) -> None:
    with pytest.raises(JobError) as caught:
        report("a.geojson", f'{{"type": "FeatureCollection", "features": [\n {{"properties": {properties}}}\n]}}')

    assert str(caught.value) == (
        f"a.geojson, line 2: the feature that begins at character 2 is not valid JSON ({fault}); mend it."
    )


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_collection_when_there_is_no_room_for_its_rows_is_refused(
    report: Report, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(lines, "room", lambda folder: 100_000)
    text = json.dumps({"type": "FeatureCollection", "features": PLACES * 1_000})

    with pytest.raises(JobError) as caught:
        report("a.geojson", pack(text.encode()))

    assert str(caught.value) == (
        "a.geojson cannot be read: unpacked it would fill the disk of the temporary folder; make room there."
    )


def test_collections_when_there_are_many_are_not_counted_from_the_first_for_each(report: Report) -> None:
    text = (json.dumps({"type": "FeatureCollection", "features": PLACES[1:2]}) + "\n") * 1_000
    counted = 0

    def note(frame: FrameType, event: str, called: Any) -> None:
        nonlocal counted
        if event == "c_call" and called.__name__ == "count" and isinstance(called.__self__, str):
            counted += len(called.__self__)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        noted = report("a.geojson", text)
    finally:
        sys.setprofile(before)

    assert noted.json["rows"] == 1_000
    assert 0 < counted < 5 * len(text)


def test_collection_when_a_feature_is_too_long_is_refused(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "LONGEST_FEATURE", 1 << 20)
    text = "x" * (4 << 20)

    with pytest.raises(JobError) as caught:
        report("a.geojson", f'{{"type": "FeatureCollection", "features": [\n{{"properties": {{"a": "{text}"}}}}]}}')

    assert str(caught.value) == (
        "a.geojson, line 2: a feature or another value of over 1 MiB; leave it out, or part it."
    )


def test_collection_when_it_is_cut_off_is_refused_with_its_line(report: Report) -> None:
    with pytest.raises(JobError, match=r"^a\.geojson, line 2: not valid JSON \("):
        report("a.geojson", '{"type": "FeatureCollection", "features": [\n{"type": "Feature", "properties": {"a": 1}}')


@pytest.mark.parametrize(
    "collection",
    [
        {"bbox": [0, 0, 2, 2], "type": "FeatureCollection", "features": PLACES},
        {"features": PLACES, "name": "places", "type": "FeatureCollection"},
        {"crs": {"type": "name"}, 'na"}[me': "type", "type": "FeatureCollection", "features": PLACES},
        {"features": [*PLACES, {"properties": {"people": 1, "text": "{" * (1 << 20)}}], "type": "FeatureCollection"},
    ],
    ids=["box first", "features first", "signs in texts", "type behind the head"],
)
def test_collection_when_other_keys_stand_before_its_type_has_a_row_for_each_feature(
    report: Report, collection: dict[str, Any]
) -> None:
    noted = report("places.json", json.dumps(collection))

    assert noted.json["rows"] == len(collection["features"])
    assert REMARK in noted.lines


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_collection_when_it_has_a_byte_order_mark_is_read_as_without(
    report: Report, pack: Callable[[bytes], bytes]
) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": PLACES}, indent=2)

    noted = report("places.geojson", pack(codecs.BOM_UTF8 + text.encode()))

    assert (noted.json["rows"], noted.column("people")["mean"]) == (3, 400)
    assert REMARK in noted.lines


@pytest.mark.parametrize(
    "rows",
    [
        [{"name": "A", "area": {"type": "FeatureCollection", "features": []}}],
        [{"type": "FeatureCollection", "count": 3}, {"type": "Feature", "count": 4}],
        [{"type": "FeatureCollection", "features": []}, {"type": "Other", "features": 4}],
    ],
    ids=["a collection inside a row", "a type of each row", "one of them a collection"],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "mark"])
def test_rows_when_they_look_like_a_collection_are_rows(report: Report, mark: str, rows: list[dict[str, Any]]) -> None:
    noted = report("rows.ndjson", mark + "".join(json.dumps(row) + "\n" for row in rows))

    assert noted.json["rows"] == len(rows)
    assert [column["name"] for column in noted.json["columns"]] == list(rows[0])
    assert REMARK not in noted.lines


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            '{"type": "FeatureCollection", "features": [3]}',
            "a collection of GeoJSON with something in it that is no feature; mend it.",
        ),
        (
            '{"type": "FeatureCollection", "features": [}',
            "not valid JSON (expecting value, character 44); mend the line.",
        ),
        ("null", "not a JSON object; write one object in each line."),
        ("12", "not a JSON object; write one object in each line."),
        ("nul", "not a JSON object; write one object in each line."),
    ],
)
def test_collections_when_one_of_the_lines_is_wrong_are_refused_with_it(
    noted: NotedContext, written: Callable[..., Path], line: str, sentence: str
) -> None:
    good = json.dumps({"type": "FeatureCollection", "features": PLACES})

    with pytest.raises(JobError) as caught:
        data_report(noted, written("a.geojson", f"{good}\n{line}\n{good}\n"))

    assert str(caught.value) == f"a.geojson, line 2: {sentence}"
