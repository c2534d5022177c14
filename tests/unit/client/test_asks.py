"""What is sent for each act."""

from datetime import UTC, datetime

from app.client import asks


def test_a_start_says_when_and_belongs_to_what_it_is_told() -> None:
    at = datetime(2030, 1, 31, 8, 30, tzinfo=UTC)
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    ask = asks.start("a/b", {"x": 1}, {"y": 2}, {"run_at": at, "traceparent": parent, "wait_seconds": 5})

    assert (ask.path, ask.query, ask.seconds) == ("/api/v1/kinds/a%2Fb/start", {"wait": 5.0}, 5.0)
    assert ask.body["params"] == {"x": 1, "y": 2}
    assert datetime.fromisoformat(ask.body["run_at"]) == at
    assert ask.headers["traceparent"] == parent


def test_each_start_is_another_one_unless_it_says_that_it_is_the_same() -> None:
    keys = [asks.start("a", {}, {}, None).headers["Idempotency-Key"] for _ in range(2)]

    assert keys[0] != keys[1]
    assert asks.start("a", {}, {}, {"idempotency_key": "k"}).headers["Idempotency-Key"] == "k"
