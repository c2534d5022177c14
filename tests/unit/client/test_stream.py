"""What is read of a stream of events."""

import httpx
import pytest

from app.client.answers import JobdeckError
from app.client.stream import is_refused


def test_a_stream_that_is_not_there_for_now_is_no_error() -> None:
    request = httpx.Request("GET", "http://deck.example/")

    assert is_refused(httpx.Response(503, request=request))
    assert not is_refused(httpx.Response(200, request=request))
    with pytest.raises(JobdeckError):
        is_refused(httpx.Response(401, request=request))
