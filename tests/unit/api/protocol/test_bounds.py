"""The schemas of requests say what every text is refused for; those of answers say nothing of it."""

import re
from typing import Any

from app.api.protocol.bounds import NO_NUL, say_bounds, say_bounds_of_requests


def test_every_text_of_a_schema_says_that_it_has_no_nul() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
    }

    say_bounds(schema)

    properties = schema["properties"]
    assert (properties["name"]["pattern"], properties["tags"]["items"]["pattern"]) == (NO_NUL, NO_NUL)
    assert re.search(NO_NUL, "two\nlines")
    assert not re.search(NO_NUL, "a\0b")


def test_what_has_a_rule_of_its_own_keeps_it_and_a_file_has_a_name() -> None:
    schemas: list[dict[str, Any]] = [
        {"type": "string", "enum": ["a"]},
        {"type": "string", "format": "date"},
        {"type": "integer"},
        {"type": "object", "default": {"type": "string"}},
    ]
    path: dict[str, Any] = {"type": "string", "format": "path"}

    say_bounds([*schemas, path])

    assert all("pattern" not in each for each in schemas)
    assert schemas[3]["default"] == {"type": "string"}
    assert path["minLength"] == 1


def test_of_the_components_only_those_that_bodies_name_are_bounded() -> None:
    def text() -> dict[str, Any]:
        return {"type": "string"}

    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Start"}}}}
    parameters: list[dict[str, Any]] = [{"name": "q", "schema": text()}]
    document: dict[str, Any] = {
        "paths": {"/jobs": {"post": {"parameters": parameters, "requestBody": body}}},
        "components": {
            "schemas": {
                "Start": {"properties": {"title": text(), "inner": {"$ref": "#/components/schemas/Inner"}}},
                "Inner": {"properties": {"name": text(), "again": {"$ref": "#/components/schemas/Inner"}}},
                "Answer": {"properties": {"name": text()}},
            }
        },
    }

    say_bounds_of_requests(document)

    components = document["components"]["schemas"]
    assert parameters[0]["schema"]["pattern"] == NO_NUL
    assert "pattern" in components["Start"]["properties"]["title"]
    assert "pattern" in components["Inner"]["properties"]["name"]
    assert "pattern" not in components["Answer"]["properties"]["name"]
