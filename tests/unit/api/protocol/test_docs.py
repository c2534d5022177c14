"""The description of the API and the page to try it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urljoin

import pytest
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel, Field

from app import api
from app.db import files
from app.db.snapshots.snapshot import INSIDE, use_prefix
from app.jobs.bulk_act import bulk_act
from app.queue import JobContext, Secret, UploadedFile, job, registry
from app.queue.events import publisher
from app.queue.events.bus import EventBus
from app.queue.params import sealing
from app.queue.transport import sender
from app.settings import Settings
from tests.unit.api.protocol import document_walk
from tests.unit.api.protocol.schema_edges import Edges

OPENAPI = "/api/v1/openapi.json"


@pytest.mark.thorough
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
    flow, time = {"after", "when"}, {"run_at", "delay_seconds"}
    assert {"queue", "priority", "tags", "unique_key", "params", "confirmed"} | flow | time == set(body["properties"])


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


async def test_bounds_are_said_in_words_of_json_schema(client: AsyncClient) -> None:
    """Pydantic writes its own words for a bound that stands beyond a validator."""
    text = (await client.get(OPENAPI)).text

    assert '"minimum":1' in text
    assert re.findall(r'"(?:ge|gt|le|lt|min_length|max_length|multiple_of)":', text) == []


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
    assert [source for source in sources if re.match(r"/|[a-z]+:", source)] == [], "below a prefix they are below it"
    for source in sources:
        if source != "../favicon.ico":  # of the pages
            assert (await client.get(urljoin("/api/docs", source))).status_code == 200


async def test_the_page_tries_the_api_where_it_is(client: AsyncClient) -> None:
    [server] = (await client.get("/api/docs/openapi.json")).json()["servers"]
    assert urljoin("http://jobs.example/deck/api/docs/openapi.json", server["url"]) == "http://jobs.example/deck/"


@pytest.mark.thorough
async def test_programs_learn_below_which_path_the_api_is(room: Path) -> None:
    bus = EventBus()
    application = api.build(Settings(data_dir=room, root_path="/deck"), bus)
    async with AsyncClient(transport=ASGITransport(application), base_url="http://127.0.0.1") as client:
        assert (await client.get(OPENAPI)).json()["servers"] == [{"url": "/deck"}]
    bus.close()


@pytest.fixture
def below_deck() -> Iterator[None]:
    """Write JSON as a web process does that is asked below /deck."""
    use_prefix("/deck")
    yield
    use_prefix("")


@pytest.mark.usefixtures("below_deck")
async def test_links_lead_below_the_path_prefix(client: AsyncClient) -> None:
    heard: list[str] = []
    undo = publisher.witness(lambda event: heard.append(event.model_dump_json(context=INSIDE)))
    job = (await client.post("/api/v1/kinds/hello/start", json={})).json()
    undo()
    schedule = (await client.post("/api/v1/schedules", json={"kind": "hello", "cron": "0 3 * * *"})).json()
    [listed] = (await client.get("/api/v1/jobs")).json()["items"]

    own = f"/deck/api/v1/jobs/{job['id']}"
    links = {"self": own, "page": f"/deck/jobs/{job['id']}", "log": f"{own}/log", "events": f"{own}/events"}
    assert job["links"] == links
    assert listed["links"] == links
    assert schedule["links"]["self"] == f"/deck/api/v1/schedules/{schedule['id']}"
    assert '"/api/v1/jobs/' in heard[0]
    assert "/deck" not in heard[0], "each web process puts its own prefix before it"


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


def refused(schema: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Say whether a schema's rules on which keys go together refuse a body."""
    if any(name not in value for name in schema.get("required", [])):
        return True
    for name, rule in schema.get("properties", {}).items():
        if "type" in rule and name in value and not isinstance(value[name], _TYPES[rule["type"]]):
            return True
    if "not" in schema and not refused(schema["not"], value):
        return True
    if "anyOf" in schema and all(refused(one, value) for one in schema["anyOf"]):
        return True
    return "oneOf" in schema and sum(not refused(one, value) for one in schema["oneOf"]) != 1


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "array": list,
    "object": dict,
}

LATER = "2099-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("path", "body", "is_taken"),
    [
        ("/api/v1/kinds/hello/start", {"run_at": LATER}, True),
        ("/api/v1/kinds/hello/start", {"run_at": LATER, "delay_seconds": None}, True),
        ("/api/v1/kinds/hello/start", {"run_at": LATER, "delay_seconds": 1}, False),
        ("/api/v1/kinds/import_rows/start", {}, False),
        ("/api/v1/jobs/bulk", {"action": "cancel"}, False),
        ("/api/v1/jobs/bulk", {"action": "cancel", "ids": None}, False),
        ("/api/v1/jobs/bulk", {"action": "cancel", "ids": [1]}, True),
        ("/api/v1/jobs/bulk", {"action": "cancel", "q": ""}, True),
        ("/api/v1/jobs/bulk", {"action": "cancel", "kind": "hello", "queue": None}, True),
        ("/api/v1/jobs/bulk", {"action": "cancel", "ids": [1], "q": "x"}, False),
        ("/api/v1/jobs/bulk", {"action": "cancel", "ids": [1], "kind": None}, True),
    ],
)
async def test_schema_says_which_keys_go_together(
    client: AsyncClient, path: str, body: dict[str, Any], is_taken: bool
) -> None:
    if bulk_act.name not in registry.kinds:
        registry.add(bulk_act)
    document = (await client.get(OPENAPI)).json()
    reference = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][reference.rpartition("/")[2]]

    answer = await client.post(path, json=body)

    assert (answer.status_code == 202) is is_taken, answer.text
    assert refused(schema, body) is not is_taken


async def test_what_no_text_may_have_is_said(client: AsyncClient) -> None:
    document = (await client.get(OPENAPI)).json()
    parameters = document["paths"]["/api/v1/jobs"]["get"]["parameters"]
    query = {one["name"]: one["schema"] for one in parameters}
    params = document["components"]["schemas"]["start_import_rows"]["properties"]["params"]["properties"]

    assert (await client.get("/api/v1/jobs", params={"after": ""})).status_code == 422
    assert {"minLength": 1, "pattern": "^[A-Za-z0-9_=-]+$"}.items() <= query["after"]["anyOf"][0].items()
    assert (await client.get("/api/v1/jobs", params={"q": "\0"})).status_code == 400
    assert not re.search(query["q"]["pattern"], "a\0b")
    started = await client.post("/api/v1/kinds/import_rows/start", json={"params": {"path": ""}})
    assert started.status_code == 422
    assert params["path"]["minLength"] == 1
    of_kind = (await client.get("/api/v1/kinds/import_rows")).json()["schema"]["properties"]
    assert of_kind["path"]["minLength"] == 1


async def test_files_are_said_to_be_of_any_media_type(client: AsyncClient) -> None:
    document = (await client.get(OPENAPI)).json()

    answers = document["paths"]["/api/v1/jobs/{id}/artifacts/{name}"]["get"]["responses"]
    assert set(answers["200"]["content"]) == {"*/*"}


class Part(BaseModel):
    """Something nested."""

    code: Annotated[str, Field(pattern="^[0-9]{5}$")]
    weight: Annotated[float, Field(gt=0, lt=1)] = 0.5


class Step(Enum):
    """A choice of numbers."""

    LOW = 1
    HIGH = 2


def declare_kind() -> None:
    """Declare a kind with every sort of parameter."""

    @job
    def everything(
        ctx: JobContext,
        text: Annotated[str, Field(min_length=2, max_length=5)],
        number: Annotated[int, Field(ge=-3, lt=10)] = 0,
        any_number: int = 0,
        ratio: Annotated[float, Field(gt=0, le=1)] = 1,
        flag: bool = False,
        day: date | None = None,
        at: datetime | None = None,
        length: timedelta = timedelta(0),
        path: Path | None = None,
        file: UploadedFile | None = None,
        secret: Secret | None = None,
        level: Step = Step.LOW,
        word: Literal["a", "b"] | None = None,
        names: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=3)] = ["x"],  # noqa: B006
        part: Part | None = None,
        parts: list[Part] = [],  # noqa: B006
    ) -> None:
        """Take everything."""


WALKED = ("everything", "run_command", "check_urls")
"""The kinds whose starts are tried: all others say the same about queues, tags and times."""


@pytest.mark.thorough
async def test_every_operation_takes_and_refuses_what_the_document_says(database: str, tmp_path: Path) -> None:
    files.use_folder(tmp_path / "files")
    sealing.use_key("k" * 32)
    sender.connect(None)
    wrong: list[str] = []
    asked = 0
    with registry.isolated():
        registry.load([], switched_on=frozenset({"allow_commands"}))
        declare_kind()
        bus = EventBus()
        bus.close()  # a start with `wait` is answered at once
        application = api.build(Settings(data_dir=tmp_path), bus)
        async with AsyncClient(transport=ASGITransport(application), base_url="http://127.0.0.1") as client:
            document = (await client.get(OPENAPI)).json()
            upload = (await client.post("/api/v1/uploads", files={"file": ("rows.csv", b"a,b")})).json()["id"]
            await client.post("/api/v1/kinds/everything/start", json={"params": {"text": "one"}})
            for operation in document_walk.operations(document, kinds=WALKED):
                for request, is_allowed, about in document_walk.requests(
                    operation, Edges(document, known_upload=upload)
                ):
                    answer = await client.request(operation.method, **request)
                    asked += 1
                    if told := document_walk.lie(operation, answer, is_allowed=is_allowed, about=about):
                        wrong.append(f"{operation.method} {operation.path} {about}: {told}: {answer.text[:200]}")

    assert asked > 500
    assert wrong == []
