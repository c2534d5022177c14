"""The hub `/notifications`: what happens, pushed to clients of SignalR and to plain WebSockets.

    routes.py        the addresses: negotiate, and the four transports
    admission.py     who may come in
    websocket.py     WebSockets, of SignalR and plain
    over_http.py     Server-Sent Events and long polling, of SignalR
    visits.py        the connections that were promised by negotiate, and those over HTTP
    conversation.py  what is said on a connection: the handshake, what a client asks for
    messages.py      the JSON hub protocol of SignalR: reading and writing it
    client.py        what one client wants to hear, and what waits to be sent to it
    broadcast.py     from the event bus to all clients

https://github.com/dotnet/aspnetcore/tree/main/src/SignalR/docs/specs (HubProtocol.md, TransportProtocols.md). What
stock clients do beside it: docs/decisions/0029-hub.md.
"""

__all__ = ["broadcast", "routes"]
