"""Server-Sent Events and long polling: what a client is sent is an answer, what it sends are requests. Event loop only.

https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/TransportProtocols.md
"""

import asyncio
from collections.abc import AsyncGenerator

from starlette.requests import Request
from starlette.responses import Response

from app.api.events import EventStream
from app.api.hub.messages import MAX_CHARACTERS, SEPARATOR
from app.api.hub.visits import Visit, Visits
from app.auth.visits import LAST_WORDS, LastWords
from app.errors import Malformed, TooLarge

POLL_SECONDS = 90.0
"""So long a poll waits for something to be sent. Stock clients wait for 100 s."""
PAUSE_SECONDS = 0.1
MAX_BODY_BYTES = 4 * MAX_CHARACTERS
"""Of one request: several messages, or one in any script."""
TEXT = "text/plain; charset=utf-8"
_FIRST = b": here it begins\r\n\r\n"


async def send(visit: Visit, request: Request) -> Response:
    """Take in what a client sends; signalrcore shakes hands before it polls.

    Raises:
        Malformed: it is not UTF-8.
        TooLarge: it is more than `MAX_BODY_BYTES`.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            reason = f"A request may have {MAX_BODY_BYTES // 1024} KB."
            visit.conversation.refuse(reason)
            raise TooLarge(reason)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("The body is not valid UTF-8.") from error
    await visit.conversation.hear(text)
    return Response(status_code=200)


def stream(request: Request, visit: Visit, visits: Visits, visit_id: str) -> Response:
    """Answer with all that the client is to be sent, as Server-Sent Events.

    Raises:
        Malformed: the connection is in use.
        Unavailable: there are too many clients.
    """
    if visit.is_open:
        raise Malformed("This connection has its transport already.")
    visits.open(visit)
    last_words: LastWords = request.scope.get(LAST_WORDS) or LastWords()
    last_words.say = lambda reason: _events(visit.conversation.client.farewell(reason))
    return EventStream(_frames(visit, visits, visit_id))


async def _frames(visit: Visit, visits: Visits, visit_id: str) -> AsyncGenerator[bytes]:
    client = visit.conversation.client
    visit.requests += 1  # until it ends; where it is not even begun, the connection is found to be unused
    try:
        yield _FIRST
        while (text := await client.next()) is not None:
            yield _events(text).encode()
            if not client.is_over:
                await asyncio.sleep(PAUSE_SECONDS)
    finally:
        visits.close(visit_id)


def _events(text: str) -> str:
    """Write an event for each message: signalrcore takes the first of an event alone."""
    return "".join(f"data: {message}{SEPARATOR}\r\n\r\n" for message in text.split(SEPARATOR) if message)


async def poll(visit: Visit, visits: Visits, visit_id: str) -> Response:
    """Answer with what the client is to be sent, as soon as there is something; 204: nothing comes any more.

    Raises:
        Unavailable: there are too many clients.
    """
    if not visit.is_open:  # the first poll only asks whether there is a hub
        visits.open(visit)
        return Response(media_type=TEXT)
    if visit.poll is not None:
        visit.poll.cancel()  # its client asked again: the answer would be lost
    waiting = visit.poll = asyncio.get_running_loop().create_task(visit.conversation.client.next(), name="hub: poll")
    visit.requests += 1
    try:
        done, _ = await asyncio.wait({waiting}, timeout=POLL_SECONDS)
        text = waiting.result() if done and not waiting.cancelled() else ""
    finally:
        waiting.cancel()
        visit.requests -= 1
        visit.unused_since = asyncio.get_running_loop().time()
        if visit.poll is waiting:
            visit.poll = None
    if text is None:
        visits.say_goodbye(visit_id)
        return Response(status_code=204)
    return Response(text, media_type=TEXT)
