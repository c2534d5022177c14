"""Load on the doors: clients that never read, bodies that never come, failed sign-ins, and whether others are served.

    python -m bench.doors                  200 websockets and 50 event streams that never read, 50 slow uploads, 1,000
                                           failed sign-ins, while jobs change
    python -m bench.doors --sign-ins 100

With accounts, as it is where strangers reach the page. Meanwhile, ten times a second, `/health/ready` is asked, and as
often a list of jobs by somebody who may. Memory is that of the web process (PSS). Needs Linux. Run by hand.
"""

import argparse
import http.client
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from bench import arguments, ending
from bench.hub import JOBS
from bench.instance import Instance, percentile, running

LONG = "x" * 20_000
PACE_SECONDS = 0.1
SLOW_BYTES = b"x" * 300
"""A second: just more than what is given up at once."""
Asked = dict[str, list[float]]


def main() -> None:
    """Load the doors, and print what others saw."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in (("websockets", 200), ("streams", 50), ("bodies", 50), ("sign-ins", 1000)):
        parser.add_argument(f"--{name}", type=arguments.at_least(0), default=number, metavar="N", help=f"({number})")
    parser.add_argument("--seconds", type=arguments.at_least(5), default=60, metavar="N", help="at least so long (60)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        kinds = Path(place, "tick.py")
        kinds.write_text(JOBS, encoding="utf-8")
        account = ("user", "add", "ann", "--role", "admin")
        with running(Path(place, "data"), "--jobs", str(kinds), before=[account]) as instance:
            Load(instance, asked).run()


class Load:
    """What is done to an instance at once."""

    def __init__(self, instance: Instance, asked: argparse.Namespace) -> None:
        """Sign in, as the one who is to be served."""
        self.instance, self.asked = instance, asked
        self.is_over = threading.Event()
        self.seconds: Asked = {"ready": [], "list": [], "start": []}
        self.signed: Counter[int] = Counter()
        self.held: list[socket.socket] = []
        status, headers = self.sign_in("ann", "a long password")
        assert status == http.client.SEE_OTHER, status
        self.cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}

    def run(self) -> None:
        """Measure before, then with the load."""
        before = self.instance.memory_mb()
        watching = [
            threading.Thread(target=self.watch, args=(name,), daemon=True) for name in ("ready", "list", "start")
        ]
        for thread in watching:
            thread.start()
        time.sleep(5)
        self.say("before")
        for path, number in (("/notifications", self.asked.websockets), ("/api/v1/events", self.asked.streams)):
            self.held += [self.silent(path) for _ in range(number)]
        bodies = [self.slow_body() for _ in range(self.asked.bodies)]
        began = time.monotonic()
        guessing = [threading.Thread(target=self.guess, args=(number,), daemon=True) for number in range(10)]
        for thread in guessing:
            thread.start()
        most = 0.0
        while any(one.is_alive() for one in guessing) or time.monotonic() - began < self.asked.seconds:
            bodies = [one for one in bodies if drip(one)]
            most = max(most, self.instance.memory_mb())
            time.sleep(1)
        self.is_over.set()
        for thread in (*watching, *guessing):
            thread.join()
        self.say("with the load")
        print_line(f"sign-ins: {dict(self.signed)}; uploads still open: {len(bodies)} of {self.asked.bodies}")
        print_line(f"memory of the web process: {before:.0f} MB before, {most:.0f} MB at most")

    def say(self, when: str) -> None:
        """Print what others saw since it was said last."""
        for name, taken in self.seconds.items():
            told = ", ".join(f"p{percent} {1000 * percentile(taken, percent):.0f} ms" for percent in (50, 95, 100))
            print_line(f"{when}: {name} {told} ({len(taken)} times)")
            taken.clear()

    def watch(self, name: str) -> None:
        """Ask again and again, and note how long each answer takes."""
        asks: dict[str, Callable[[], int]] = {
            "ready": lambda: self.ask("GET", "/health/ready"),
            "list": lambda: self.ask("GET", "/api/v1/jobs?limit=25"),
            "start": lambda: self.ask("POST", "/api/v1/kinds/tick/start", f'{{"tags": ["{LONG[:60]}"]}}'),
        }
        while not self.is_over.is_set():
            began = time.monotonic()
            status = asks[name]()
            assert status in (200, 202), (name, status)
            self.seconds[name].append(time.monotonic() - began)
            time.sleep(max(0.0, PACE_SECONDS - (time.monotonic() - began)))

    def ask(self, method: str, path: str, body: str | None = None) -> int:
        """Ask as who is signed in; returns the status."""
        connection = http.client.HTTPConnection(*self.instance.address, timeout=60)
        connection.request(method, path, body=body, headers={"Content-Type": "application/json", **self.cookie})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def sign_in(self, name: str, password: str) -> tuple[int, http.client.HTTPMessage]:
        """Try to sign in."""
        connection = http.client.HTTPConnection(*self.instance.address, timeout=60)
        form = urlencode({"name": name, "password": password})
        connection.request("POST", "/login", body=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers

    def guess(self, thread: int) -> None:
        """Try a tenth of the wrong passwords."""
        for number in range(self.asked.sign_ins // 10):
            status, headers = self.sign_in(f"name{thread}-{number % 50}", f"wrong {number}")
            assert status != http.client.TOO_MANY_REQUESTS or int(headers["Retry-After"]) > 0
            self.signed[status] += 1

    def silent(self, path: str) -> socket.socket:
        """Open a websocket, or a stream of events, and never read."""
        client = socket.create_connection(self.instance.address)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        upgrade = (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        )
        client.sendall(self.head("GET", path, upgrade if path == "/notifications" else "") + b"\r\n")
        return client

    def slow_body(self) -> socket.socket:
        """Begin an upload of a gigabyte."""
        client = socket.create_connection(self.instance.address)
        about = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000000\r\n"
        part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        client.sendall(self.head("POST", "/api/v1/uploads", about) + b"\r\n" + part)
        return client

    def head(self, method: str, path: str, more: str) -> bytes:
        """Return the head of a request, without its last line."""
        host = ":".join(map(str, self.instance.address))
        return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {self.cookie['Cookie']}\r\n{more}".encode()


def drip(client: socket.socket) -> bool:
    """Send a little more of a body. False: the server has ended it."""
    try:
        client.sendall(SLOW_BYTES)
    except OSError:
        return False
    return True


def print_line(text: str) -> None:
    """Print at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
