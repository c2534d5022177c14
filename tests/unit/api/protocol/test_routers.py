"""What each route of the API has from the first on, since the application takes it as it is."""

from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import AsyncClient

from app.api.protocol.problems import Problem
from app.api.protocol.rights import RIGHT
from app.api.protocol.routers import BASE


def test_no_route_is_made_once_more_at_the_first_request(application: FastAPI) -> None:
    assert [route for route in application.routes if not hasattr(route, "path")] == []


def test_each_route_below_the_base_is_behind_its_right_and_says_what_a_problem_is(application: FastAPI) -> None:
    described = {f"{BASE}/openapi.json"}
    below = [route for route in application.routes if isinstance(route, APIRoute) and route.path.startswith(BASE)]

    assert len(below) > 50
    assert [one.path for one in below if RIGHT not in one.dependencies and one.path not in described] == []
    assert {one.responses["default"]["model"] for one in below} == {Problem}


async def test_a_route_is_called_by_its_own_name(client: AsyncClient) -> None:
    document = (await client.get(f"{BASE}/openapi.json")).json()

    assert document["paths"][f"{BASE}/jobs/{{id}}"]["get"]["operationId"] == "get_job"
