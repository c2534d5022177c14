"""A span for each request that changes something: what it starts belongs to it."""

import time
from collections.abc import Callable

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.processes.otlp.spans import context_of, request_span
from app.telemetry.trace_context import TraceContext, current, new_span_id, new_trace_id

_READING = ("GET", "HEAD", "OPTIONS")
_STARTING = "/reports/v1"


class Traced:
    """Wraps the application, behind the guard, which has read `traceparent`."""

    def __init__(self, app: ASGIApp, *, resource: Resource, take: Callable[[ReadableSpan], None]) -> None:
        """`take` is given each span that has ended."""
        self._app = app
        self._resource = resource
        self._take = take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, inside its span."""
        if scope["type"] != "http" or (scope["method"] in _READING and not scope["path"].startswith(_STARTING)):
            await self._app(scope, receive, send)
            return
        caller = current.get()
        own = TraceContext(caller.trace_id if caller else new_trace_id(), new_span_id())
        began, status = time.time_ns(), 500

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        entered = current.set(own)
        try:
            await self._app(scope, receive, told)
        finally:
            current.reset(entered)
            self._take(
                request_span(
                    f"{scope['method']} {scope['path']}",
                    context_of(own.trace_id, own.span_id),
                    context_of(caller.trace_id, caller.span_id) if caller else None,
                    (began, time.time_ns()),
                    status,
                    self._resource,
                )
            )
