#!/usr/bin/env bash
# signalrcore: the request for the websocket leaves the port out of its Host header, the one for negotiate has it.
#
# Guess: a client of http://127.0.0.1:8080/hub says "Host: 127.0.0.1:8080" in each request, as RFC 9110, 7.2, asks of every port that is not the usual one.
# Instead: negotiate says so, and the websocket (and Server-Sent Events) says "Host: 127.0.0.1".
# Hurts: servers and proxies that tell sites apart by host and port, or that check the Host header, refuse the websocket of a client that has just negotiated.
# Source: WebSocketClient and SSEClient write f"Host: {parsed_url.hostname}", where netloc is meant.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "signalrcore==1.0.2"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from threading import Thread

from signalrcore.hub_connection_builder import HubConnectionBuilder

hosts = {}


class Hub(BaseHTTPRequestHandler):
    def do_POST(self):
        hosts["negotiate"] = self.headers["Host"]
        transports = [{"transport": "WebSockets", "transferFormats": ["Text"]}]
        answer = json.dumps({"negotiateVersion": 0, "connectionId": "a", "availableTransports": transports}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self):
        hosts["websocket"] = self.headers["Host"]
        self.send_error(404)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
Thread(target=server.serve_forever, daemon=True).start()
port = server.server_address[1]
try:
    HubConnectionBuilder().with_url(f"http://127.0.0.1:{port}/hub").build().start()
except Exception:
    pass  # the hub is none
print("signalrcore", version("signalrcore"))
print(f"expected: 127.0.0.1:{port} in both")
print(f"seen:     {hosts}")
sys.stdout.flush()
os._exit(hosts != {"negotiate": f"127.0.0.1:{port}", "websocket": "127.0.0.1"})
PYTHON
