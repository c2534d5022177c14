"""Workers as a program sees them, and what it may ask of one."""

from httpx import AsyncClient

from tests.living import register_worker

WORKERS = "/api/v1/workers"


async def test_workers_are_listed_made_quiet_resumed_and_stopped(client: AsyncClient) -> None:
    register_worker()
    listed = await client.get(WORKERS)
    quiet = await client.post(f"{WORKERS}/worker-1/quiet")
    resumed = await client.post(f"{WORKERS}/worker-1/resume")
    stopped = await client.post(f"{WORKERS}/worker-1/stop")
    too_late = await client.post(f"{WORKERS}/worker-1/resume")

    assert listed.json()["next"] is None
    [worker] = listed.json()["items"]
    assert (worker["name"], worker["threads"], worker["running_job_ids"]) == ("worker-1", 4, [])
    assert (worker["is_alive"], worker["busy_ratio"], worker["memory_bytes"]) == (True, 0.0, None)
    assert (quiet.status_code, quiet.json()["is_quiet"], quiet.json()["asked_by"]) == (200, True, "local")
    assert (resumed.status_code, resumed.json()["is_quiet"]) == (200, False)
    assert (stopped.status_code, stopped.json()["is_stopping"]) == (202, True)
    assert (too_late.status_code, too_late.json()["detail"]) == (
        409,
        "worker-1 is stopping; nothing takes that back.",
    )


async def test_a_worker_that_is_not_there_is_not_found(client: AsyncClient) -> None:
    answer = await client.post(f"{WORKERS}/gone/quiet")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such worker.")
