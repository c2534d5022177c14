"""Notices as a program makes, changes, tests and deletes them."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from app.jobs.send_notice import send_notice
from app.queue import registry
from tests import store

NOTICES = "/api/v1/notices"
WEBHOOK = "https://hooks.example.org/in?from=jobdeck"


@pytest.fixture(autouse=True)
def _with_sender(application: FastAPI) -> None:
    if registry.find("send_notice") is None:
        registry.add(send_notice)


def a_notice(**changes: Any) -> dict[str, Any]:
    return {"name": "Watch", "when": {"kind": "hello", "events": ["failed"]}, "to": {"webhook": WEBHOOK}, **changes}


async def test_a_notice_is_made_and_says_its_secret_once(client: AsyncClient) -> None:
    made = await client.post(NOTICES, json=a_notice())
    got = await client.get(made.headers["Location"])

    assert (made.status_code, got.status_code) == (201, 200)
    assert made.json()["secret"].startswith("whsec_")
    assert "secret" not in got.json()
    assert {name: got.json()[name] for name in ("name", "when", "to", "enabled", "created_by")} == {
        "name": "Watch",
        "when": {"q": None, "kind": "hello", "tag": None, "job_id": None, "events": ["failed"]},
        "to": {"webhook": WEBHOOK},
        "enabled": True,
        "created_by": "local",
    }


async def test_addresses_that_are_secrets_are_shown_without_their_path(client: AsyncClient) -> None:
    slack = "https://hooks.slack.com/services/T0/B0/hidden"
    made = await client.post(NOTICES, json=a_notice(to={"slack": slack, "email": ["a@example.org"], "desktop": True}))

    shown = {"slack": "https://hooks.slack.com/•••", "email": ["a@example.org"], "desktop": True}
    assert (made.json()["to"], made.json()["secret"]) == (shown, None)
    kept = await client.patch(f"{NOTICES}/{made.json()['id']}", json={"to": {"slack": shown["slack"]}})
    assert kept.json()["to"] == {"slack": shown["slack"]}


async def test_what_is_left_out_of_a_change_stays(client: AsyncClient) -> None:
    made = (await client.post(NOTICES, json=a_notice())).json()

    changed = await client.patch(f"{NOTICES}/{made['id']}", json={"enabled": False})

    assert (changed.status_code, changed.json()["secret"]) == (200, None)
    assert {**made, "enabled": False, "secret": None} == changed.json()


async def test_its_secret_is_renewed(client: AsyncClient) -> None:
    made = (await client.post(NOTICES, json=a_notice())).json()
    renewed = await client.post(f"{NOTICES}/{made['id']}/secret")
    assert renewed.json()["secret"] not in (None, made["secret"])


async def test_notices_are_listed_by_number_a_page_at_a_time(client: AsyncClient) -> None:
    ids = [(await client.post(NOTICES, json=a_notice())).json()["id"] for _ in range(3)]

    first = (await client.get(NOTICES, params={"limit": 2})).json()
    rest = (await client.get(NOTICES, params={"limit": 2, "after": first["next"]})).json()

    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    assert rest["next"] is None


async def test_a_test_is_sent_and_logged_also_where_it_is_not_enabled(client: AsyncClient) -> None:
    made = (await client.post(NOTICES, json=a_notice(enabled=False))).json()

    tested = await client.post(f"{NOTICES}/{made['id']}/test")
    log = await client.get(f"{NOTICES}/{made['id']}/deliveries")

    [item] = tested.json()["items"]
    assert (tested.status_code, item["events"], item["channel"], item["state"]) == (202, ["test"], "webhook", "waiting")
    assert log.json() == {"items": [item], "next": None}
    sender = await client.get(f"/api/v1/jobs/{item['sender_job_id']}")
    assert (sender.json()["kind"], sender.json()["state"]) == ("send_notice", "queued")


async def test_a_deleted_notice_is_gone_with_its_log(client: AsyncClient) -> None:
    made = (await client.post(NOTICES, json=a_notice())).json()
    await client.post(f"{NOTICES}/{made['id']}/test")

    deleted = await client.delete(f"{NOTICES}/{made['id']}")

    assert deleted.status_code == 204
    for path in (f"{NOTICES}/{made['id']}", f"{NOTICES}/{made['id']}/deliveries"):
        assert (await client.get(path)).status_code == 404


async def test_a_job_that_has_ended_cannot_be_told_of(client: AsyncClient) -> None:
    message = store.stored()
    wish = a_notice(when={"job_id": message.job_id, "events": ["finished"]})
    waiting = await client.post(NOTICES, json=wish)
    assert store.claimed(message)
    store.done(message)

    refused = await client.post(NOTICES, json=wish)
    of_job = await client.get(NOTICES, params={"job_id": message.job_id})

    assert (waiting.status_code, refused.status_code) == (201, 409)
    assert [one["id"] for one in of_job.json()["items"]] == [waiting.json()["id"]]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"when": {"events": []}}, "when.events"),
        ({"when": {"events": ["exploded"]}}, "when.events.0"),
        ({"when": {"q": "state:", "events": ["failed"]}}, "when.q"),
        ({"when": {"kinds": "x", "events": ["failed"]}}, "when.kinds"),
        ({"to": {}}, "to"),
        ({"to": {"webhook": "ftp://example.org"}}, "to.webhook"),
        ({"to": {"webhook": "https://me:secret@example.org/"}}, "to.webhook"),
        ({"to": {"webhook": "http://example.org:x/"}}, "to.webhook"),
        ({"to": {"email": "nobody"}}, "to.email"),
        ({"to": {"email": "a@example.org\nBcc: b@example.org"}}, "to.email"),
    ],
)
async def test_what_does_not_fit_is_refused_and_named(client: AsyncClient, changes: dict[str, Any], field: str) -> None:
    answer = await client.post(NOTICES, json=a_notice(**changes))

    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])
    assert "secret@" not in answer.text
    assert (await client.get(NOTICES)).json()["items"] == []
