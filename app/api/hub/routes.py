"""The addresses of the hub: negotiate, and one for all transports."""

import secrets

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.responses import JSONResponse

from app.api.hub import over_http, websocket
from app.api.hub.admission import admit
from app.api.hub.broadcast import Broadcast
from app.api.hub.conversation import Conversation
from app.api.hub.visits import Visits
from app.api.protocol import problems
from app.api.protocol.routers import beside
from app.errors import AppError, Malformed

PATH = "/notifications"
TRANSPORTS = [
    {"transport": "WebSockets", "transferFormats": ["Text"]},
    {"transport": "ServerSentEvents", "transferFormats": ["Text"]},
    {"transport": "LongPolling", "transferFormats": ["Text"]},
]


def router(broadcast: Broadcast) -> APIRouter:
    """Return the routes; `broadcast` has the clients."""
    routes = beside(include_in_schema=False)
    visits = Visits(broadcast)

    @routes.post(f"{PATH}/negotiate")
    async def negotiate(request: Request) -> JSONResponse:
        admit()
        return JSONResponse(_promise(visits, request.query_params.get("negotiateVersion", "0")))

    @routes.get(PATH)
    async def listen(request: Request) -> Response:
        admit()
        visit_id = _id_of(request)
        visit = visits.find(visit_id)
        if "text/event-stream" in request.headers.get("accept", ""):
            return over_http.stream(request, visit, visits, visit_id)
        return await over_http.poll(visit, visits, visit_id)

    @routes.post(PATH)
    async def speak(request: Request) -> Response:
        admit()
        return await over_http.send(visits.find(_id_of(request)), request)

    @routes.delete(PATH, status_code=202)
    async def leave_hub(request: Request) -> Response:
        admit()
        visits.leave(_id_of(request))
        return Response(status_code=202)

    @routes.websocket(PATH)
    async def converse(socket: WebSocket) -> None:
        try:
            admit()
            broadcast.require_room()
            visit_id = socket.query_params.get("id")
            conversation = Conversation(broadcast) if visit_id is None else visits.take(visit_id)
        except AppError as error:
            await socket.send_denial_response(problems.of_error(error))
            return
        await websocket.serve(socket, conversation, broadcast, may_be_plain=visit_id is None)

    return routes


def _promise(visits: Visits, version: str) -> dict[str, object]:
    """Return what negotiate answers. Before version 1, a client knows only one id, which then is the secret.

    signalrcore asks for no version and insists on reading one.
    """
    if not (version.isascii() and version.isdecimal()):
        raise Malformed("The negotiateVersion is not a whole number.")
    visit_id = visits.promise()
    if int(version[:3]) == 0:
        return {"negotiateVersion": 0, "connectionId": visit_id, "availableTransports": TRANSPORTS}
    return {
        "negotiateVersion": 1,
        "connectionId": secrets.token_urlsafe(8),  # a name to speak of it; nobody gets in by it
        "connectionToken": visit_id,
        "availableTransports": TRANSPORTS,
    }


def _id_of(request: Request) -> str:
    visit_id = request.query_params.get("id")
    if not visit_id:
        raise Malformed("The address names no connection.", hint="POST to /notifications/negotiate for one.")
    return visit_id
