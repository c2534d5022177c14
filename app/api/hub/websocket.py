"""WebSockets of the hub: clients of SignalR, and plain ones, which say nothing and are sent JSON. Event loop only."""

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from app.api.hub import messages
from app.api.hub.broadcast import Broadcast
from app.api.hub.client import TOO_SLOW, Client, Form
from app.api.hub.conversation import HANDSHAKE_SECONDS, NO_HANDSHAKE, Conversation
from app.auth.visits import LAST_WORDS, LastWords

PLAIN_SECONDS = 1.0
"""Who has no id from negotiate and sends no handshake for so long is a plain client."""
PAUSE_SECONDS = 0.1
"""Between two frames to a client: what comes meanwhile goes out together, of each job only the latest."""
LAST_WORDS_SECONDS = 5.0
"""So long a client that does not read is waited for, to take what it is told at the end."""
NORMAL, SERVICE_RESTART, TRY_AGAIN_LATER = 1000, 1012, 1013
"""https://www.iana.org/assignments/websocket"""


async def serve(websocket: WebSocket, conversation: Conversation, broadcast: Broadcast, *, may_be_plain: bool) -> None:
    """Talk until either side ends; whatever happens here disturbs no other client."""
    client = conversation.client
    last_words: LastWords = websocket.scope.get(LAST_WORDS) or LastWords()
    last_words.say = client.farewell
    await websocket.accept()
    broadcast.add(client)
    loop = asyncio.get_running_loop()
    patience = PLAIN_SECONDS if may_be_plain else HANDSHAKE_SECONDS
    timer = loop.call_later(patience, _judge, conversation, may_be_plain)
    reading = loop.create_task(_read(websocket, conversation), name="hub: reading")
    writing = loop.create_task(_write(websocket, client, broadcast), name="hub: writing")
    try:
        await client.over.wait()
        await asyncio.wait({writing}, timeout=LAST_WORDS_SECONDS)
    finally:
        timer.cancel()
        broadcast.remove(client)
        reading.cancel()
        writing.cancel()
        await asyncio.gather(reading, writing, return_exceptions=True)


def _judge(conversation: Conversation, may_be_plain: bool) -> None:
    """Decide what a client is that has sent no handshake."""
    if conversation.client.form is not Form.UNKNOWN or conversation.client.is_over:
        return
    if may_be_plain and not conversation.has_begun:
        conversation.client.form = Form.PLAIN
    elif may_be_plain:  # it may be a slow one of SignalR
        asyncio.get_running_loop().call_later(HANDSHAKE_SECONDS - PLAIN_SECONDS, _judge, conversation, False)
    else:
        conversation.refuse(NO_HANDSHAKE)


async def _read(websocket: WebSocket, conversation: Conversation) -> None:
    client = conversation.client
    try:
        while not client.is_over:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                text = (message.get("bytes") or b"").decode("utf-8", "replace")
            if client.form is Form.PLAIN:
                if not (client.is_untouched and messages.is_handshake(text)):
                    continue  # a plain client has nothing to say
                client.form = Form.UNKNOWN  # its handshake was slow
            await conversation.hear(text)
    finally:
        client.leave()


async def _write(websocket: WebSocket, client: Client, broadcast: Broadcast) -> None:
    try:
        while (frame := await client.next()) is not None:
            await websocket.send_text(frame)
            if not client.is_over:
                await asyncio.sleep(PAUSE_SECONDS)
        await websocket.close(_code(client, broadcast), client.reason)
    except (WebSocketDisconnect, RuntimeError):
        return  # it went away meanwhile
    finally:
        client.leave()


def _code(client: Client, broadcast: Broadcast) -> int:
    if client.reason == TOO_SLOW:
        return TRY_AGAIN_LATER
    return SERVICE_RESTART if broadcast.is_closing else NORMAL
