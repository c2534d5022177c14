#!/usr/bin/env bash
# aiosmtpd: a server on any free port (port 0) cannot be started, and goes on listening.
#
# Guess: Controller(handler, port=0).start() listens on a free port, as with asyncio, http.server and socketserver, and `port` says which.
# Instead: start() raises ConnectionRefusedError: to see that it works it connects to port 0. The listener that it opened stays open.
# Hurts: tests of what is mailed: each has to guess a free port, and two that guess the same one fail now and then.
# Source: InetMixin._trigger_server() connects to self.port, which is never set to the port that the system chose.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "aiosmtpd==1.4.6"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

controller = Controller(Sink(), hostname="127.0.0.1", port=0)
error = None
try:
    controller.start()
except OSError as raised:
    error = type(raised).__name__
listens_on = [one.getsockname()[1] for one in controller.server.sockets] if controller.server else []
print("aiosmtpd", version("aiosmtpd"))
print("expected: it runs, and port is the one that the system chose")
print(f"seen:     {error}; port {controller.port}; it listens on {len(listens_on)} port(s)")
controller.stop(no_assert=True)
sys.exit(not (error == "ConnectionRefusedError" and controller.port == 0))
PYTHON
