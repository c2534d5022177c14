"""Requests made from the published OpenAPI, as schemathesis makes them: no server error, no undocumented answer.

The same requests each time. By hand, other ones: raise `EXAMPLES`, and let `derandomize` be false.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from app import api
from app.db import files
from app.jobs.activity_report import activity_report
from app.jobs.bulk_act import bulk_act
from app.processes.http.guard import Guard, Hosts
from app.queue import registry
from app.queue.events.bus import EventBus
from app.queue.params import sealing
from app.queue.transport import sender
from app.settings import Settings
from tests.unit.api.conftest import declare_kinds

pytestmark = pytest.mark.thorough
EXAMPLES = 2
WALKS, STEPS = 8, 12
CHECKS = (
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
"""Not that each wrong value is refused: that a text stands for a number is a promise here, and `test_docs.py` looks
at every bound.
"""


@pytest.fixture
def schema(database: str, tmp_path: Path) -> Iterator[Any]:
    """The API as its document describes it, behind the guard. What lasts is answered at once: the server stops."""
    import schemathesis  # takes a second, which each process of the suite would spend when it collects the tests
    from schemathesis.python import asgi

    files.use_folder(tmp_path / "files")
    sealing.use_key("k" * 32)
    sender.connect(None)
    with registry.isolated():
        declare_kinds()
        for kind in (activity_report, bulk_act):
            registry.add(kind)
        bus = EventBus()
        bus.close()
        programs = api.build(Settings(data_dir=tmp_path, max_upload_mb=1), bus)
        guard: ASGIApp = Guard(programs, hosts=Hosts(host="127.0.0.1", port=8080, allowed=[asgi.HOST]))
        yield schemathesis.openapi.from_asgi("/api/v1/openapi.json", guard)


@pytest.fixture
def forget(database: str, migrated: Path) -> Callable[[], None]:
    """Make the database as empty as it was: what is drawn depends on what was answered."""

    def fill() -> None:
        used = database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(migrated)) as empty, closing(sqlite3.connect(used)) as connection:
            empty.backup(connection)

    return fill


def test_every_operation_answers_as_it_says(schema: Any, forget: Callable[[], None]) -> None:
    wrong = []
    for found in schema.get_all_operations():
        forget()
        wrong += complaints(found.ok())

    assert wrong == []


def complaints(operation: Any) -> list[str]:
    """Ask an operation for what it allows and for what it does not, and say what its answers break."""
    from hypothesis import given, strategies
    from schemathesis import GenerationMode

    modes = strategies.sampled_from(list(GenerationMode))

    def ask(data: Any) -> None:
        case = data.draw(operation.as_strategy(data.draw(modes)))
        case.call_and_validate(checks=checks())

    try:
        bounds(EXAMPLES)(given(data=strategies.data())(ask))()
    except Exception as error:
        return [f"{operation.label}: {type(error).__name__}: {error}"]
    return []


def test_what_one_answer_names_the_next_operation_takes(schema: Any, forget: Callable[[], None]) -> None:
    machine = schema.as_state_machine()

    def validate(_machine: object, response: Any, case: Any, **_options: Any) -> None:
        case.validate_response(response, checks=checks())

    own = {"validate_response": validate, "setup": lambda _machine: forget()}
    walk: Any = type("Walk", (machine,), own)
    walk.run(settings=bounds(WALKS))


def checks() -> list[Any]:
    """Return what each answer is held against."""
    from schemathesis.checks import CHECKS as KNOWN

    return [no_unsaid_server_error, *(KNOWN.get_one(name) for name in CHECKS)]


def no_unsaid_server_error(_context: object, response: Any, case: Any) -> None:
    """Let an operation fail as it says it may alone; what it says of all others is no word on servers' errors."""
    assert response.status_code < 500 or str(response.status_code) in case.operation.definition.raw["responses"]


def bounds(examples: int) -> Any:
    """Return how much is tried: as much each time, and the same."""
    from hypothesis import HealthCheck, Phase, settings

    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
