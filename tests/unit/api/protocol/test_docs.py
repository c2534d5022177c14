"""The description of the API and the page to try it."""

import re

from httpx import AsyncClient

OPENAPI = "/api/v1/openapi.json"


async def test_each_kind_has_a_typed_body(client: AsyncClient) -> None:
    document = (await client.get(OPENAPI)).json()

    operation = document["paths"]["/api/v1/kinds/hello/start"]["post"]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    body = document["components"]["schemas"][reference.rpartition("/")[2]]
    params = body["properties"]["params"]
    assert params["properties"]["times"]["maximum"] == 10
    assert params["properties"]["size"]["$ref"].startswith("#/components/schemas/")
    assert params["additionalProperties"] is False
    assert body["additionalProperties"] is False
    assert {"run_at", "delay_seconds", "queue", "priority", "tags", "unique_key", "params"} == set(body["properties"])


async def test_params_that_must_be_given_are_said_to_be(client: AsyncClient) -> None:
    document = (await client.get(OPENAPI)).json()

    operation = document["paths"]["/api/v1/kinds/import_rows/start"]["post"]
    body = document["components"]["schemas"]["start_import_rows"]
    assert operation["requestBody"]["required"] is True
    assert body["required"] == ["params"]
    assert body["properties"]["params"]["required"] == ["path"]


async def test_every_reference_in_the_document_leads_somewhere(client: AsyncClient) -> None:
    answer = await client.get(OPENAPI)

    schemas = answer.json()["components"]["schemas"]
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert names
    assert names <= set(schemas)
    assert "$defs" not in answer.text


async def test_errors_are_described_as_problems(client: AsyncClient) -> None:
    document = (await client.get(OPENAPI)).json()

    for path, operations in document["paths"].items():
        for operation in operations.values():
            problem = operation["responses"]["default"]["content"]["application/problem+json"]
            assert problem["schema"]["$ref"].endswith("/Problem"), path


async def test_page_loads_only_what_this_server_has(client: AsyncClient) -> None:
    page = await client.get("/api/docs")

    sources = re.findall(r'(?:src|href|url)[=:] ?"([^"]+)"', page.text)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert len(sources) == 4
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)
    for source in sources:
        if source.startswith("/api/"):
            assert (await client.get(source)).status_code == 200


async def test_page_runs_only_its_own_script(client: AsyncClient) -> None:
    policy = (await client.get("/api/docs")).headers["content-security-policy"]

    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert re.fullmatch(r"script-src 'self' 'sha256-[A-Za-z0-9+/=]+'", scripts)


async def test_only_the_needed_files_of_the_bundle_are_served(client: AsyncClient) -> None:
    for name in ("index.html", "swagger-ui.js", "swagger-initializer.js", "..%2f__init__.py"):
        assert (await client.get(f"/api/docs/{name}")).status_code == 404, name


async def test_document_for_the_page_speaks_the_older_language(client: AsyncClient) -> None:
    document = (await client.get("/api/docs/openapi.json")).json()

    params = document["components"]["schemas"]["start_hello"]["properties"]["params"]["properties"]
    assert document["openapi"] == "3.0.3"
    assert params["ratio"]["nullable"] is True
    assert "'null'" not in str(document)
