"""What is asked again, and what is not."""

import httpx
import pytest

from app.client.answers import JobdeckError
from app.client.asks import cancel, job
from app.client.trying import Trying

READ, ACT = job(1), cancel(1, is_forced=False)


def busy(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers=headers, request=httpx.Request("GET", "http://deck.example/"))


def test_a_server_that_is_busy_is_asked_again_when_it_says() -> None:
    trying = Trying(ACT, patience_seconds=60)

    assert trying.pause_after(busy(429, **{"Retry-After": "7"})) == 7
    assert trying.pause_after(busy(503)) == 0.2
    assert trying.pause_after(busy(503)) == 0.4
    assert trying.pause_after(busy(200)) is None


def test_who_has_waited_long_enough_is_told_why() -> None:
    with pytest.raises(JobdeckError, match="answered 503") as raised:
        Trying(READ, patience_seconds=5).pause_after(busy(503, **{"Retry-After": "6"}))

    assert raised.value.status == 503


def test_an_act_whose_answer_was_lost_is_not_repeated() -> None:
    assert Trying(ACT, patience_seconds=60).pause_after(httpx.ConnectError("refused")) == 0.2
    assert Trying(READ, patience_seconds=60).pause_after(httpx.ReadError("")) == 0.2

    with pytest.raises(JobdeckError, match=r"Nobody answers: ReadError\.") as raised:
        Trying(ACT, patience_seconds=60).pause_after(httpx.ReadError(""))
    assert raised.value.status == 0
