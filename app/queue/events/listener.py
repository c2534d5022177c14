"""The end of the event channel in a web process. Event loop only."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Annotated

import redis
import redis.asyncio
from pydantic import Field, TypeAdapter, ValidationError

from app.queue.events.publisher import CHANNEL
from app.queue.events.types import Connected, Disconnected, Heard, JobEvent

_log = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.5
_wire: TypeAdapter[JobEvent] = TypeAdapter(Annotated[JobEvent, Field(discriminator="type")])


async def listen(redis_url: str) -> AsyncGenerator[Heard]:
    """Give the events as they come, with a `Connected` after each (re)connection and a `Disconnected` after each loss.

    Never ends by itself; close it or cancel the task.
    """
    while True:
        client = redis.asyncio.Redis.from_url(redis_url, socket_connect_timeout=2, health_check_interval=5, retry=None)
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
                await pubsub.subscribe(CHANNEL)
                await pubsub.get_message(ignore_subscribe_messages=True, timeout=2)
                yield Connected()
                while True:
                    # The short timeout lets redis-py's health check notice a connection that died without a word.
                    message = await pubsub.get_message(timeout=2)
                    if message is not None and message["type"] == "message":
                        event = _decode(message["data"])
                        if event is not None:
                            yield event
        except (redis.RedisError, OSError) as error:
            _log.warning("The live connection to Redis was lost: %s", error)
            yield Disconnected()
        finally:
            await client.aclose()
        await asyncio.sleep(RECONNECT_SECONDS)


def _decode(data: bytes) -> JobEvent | None:
    try:
        return _wire.validate_json(data)
    except ValidationError:
        _log.warning("An event of another version was ignored.")
        return None
