"""What routes take alike: queries without surprises, ids, instants; and what they say where it is not that."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

import pytest
from httpx import AsyncClient
from pydantic import TypeAdapter, ValidationError

from app.api.protocol.parameters import NO_BOOLEAN, Instant, JobId

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@pytest.mark.thorough
async def test_every_route_refuses_an_unknown_query_parameter(client: AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    unknown = {"utm_source": "x"}

    for path, operations in document["paths"].items():
        for method in operations:
            body: dict[str, object] | None = (
                {} if method in ("post", "patch") and not path.endswith("uploads") else None
            )
            address = path.format(id=1, kind="hello", name="x", signature="x", other=1)
            answer = await client.request(method, address, params=unknown, json=body)
            assert answer.status_code == 422, f"{method} {path}"
            assert "utm_source" in [one["field"] for one in answer.json()["errors"]], f"{method} {path}"


async def test_body_of_a_route_that_takes_none_is_refused_unless_it_says_nothing(client: AsyncClient) -> None:
    refused = await client.request("DELETE", "/api/v1/jobs/1", json={"force": True})

    assert refused.json()["errors"] == [{"field": "body", "message": "Nothing can be said here: send no body."}]
    assert (await client.request("DELETE", "/api/v1/jobs/1", json={})).status_code == 404


@pytest.mark.parametrize("text", ["0", "-1", "+1", "1.0", " 1", "1e3", "\u0661", str(2**63), "1" * 20])
def test_what_is_no_number_of_a_job_is_refused(text: str) -> None:
    ids: TypeAdapter[int] = TypeAdapter(JobId)

    assert ids.validate_python("12") == 12
    with pytest.raises(ValidationError):
        ids.validate_python(text)


def test_an_instant_of_any_zone_is_read_in_utc() -> None:
    east = timezone(timedelta(hours=2))

    assert INSTANT.validate_python("2026-11-01T08:30:00+02:00") == datetime(2026, 11, 1, 8, 30, tzinfo=east)
    assert INSTANT.validate_python("2026-11-01t08:30:00z").tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-11-01T08:30:00", "with its zone"),
        ("2026-11-01", "with its zone"),
        (1_790_000_000, "with its zone"),
        ("1790000000", "with its zone"),
        ("9999-12-31T23:59:59-01:00", "between the years 1 and 9999"),
    ],
)
def test_what_is_no_instant_is_told_what_one_looks_like(value: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        INSTANT.validate_python(value)


def test_true_is_no_number() -> None:
    with pytest.raises(ValidationError, match=r"Enter a number\."):
        TypeAdapter(Annotated[int, NO_BOOLEAN]).validate_python(True)
