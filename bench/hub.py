"""What clients of the hub take: memory and processor of the web process, and how late they hear.

    python -m bench.hub                         1,000 clients, idle for 30 s, then 20 changes a second for 20 s
    python -m bench.hub --clients 200 --idle 10

The clients are WebSockets of SignalR in processes of their own, which is no part of what is measured; ten of them read
what they are told. Memory is the proportional set size (PSS) of the web process, before and with the clients. How late:
from the instant that a job says it changed to its arrival. Needs Linux. Run by hand.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import websockets.asyncio.client

from bench import arguments, ending
from bench.instance import Instance, percentile, running

JOBS = '''
from app.queue import JobContext, job


@job(listed=False)
def tick(ctx: JobContext) -> None:
    """Change three times: queued, running, succeeded."""
'''
SEPARATOR = "\x1e"
HANDSHAKE = '{"protocol":"json","version":1}' + SEPARATOR
READERS = 10
SETTLE_SECONDS = 5.0
CHANGES_OF_A_JOB = 3


def main() -> None:
    """Measure, and print a table."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=arguments.at_least(READERS), default=1000, metavar="N", help="(1000)")
    parser.add_argument("--idle", type=arguments.at_least(1), default=30, metavar="SECONDS", help="(30)")
    parser.add_argument("--changes", type=arguments.at_least(1), default=20, metavar="N", help="a second (20)")
    parser.add_argument("--seconds", type=arguments.at_least(1), default=20, metavar="SECONDS", help="of changes (20)")
    asked = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as place:
        kinds = Path(place, "tick.py")
        kinds.write_text(JOBS, encoding="utf-8")
        with running(Path(place, "data"), "--jobs", str(kinds)) as instance:
            measure(instance, asked)


def measure(instance: Instance, asked: argparse.Namespace) -> None:
    """Connect, be idle, then change."""
    for _ in range(20):
        start(instance)  # the first ones load modules
    time.sleep(SETTLE_SECONDS)
    before = instance.memory_mb()
    alone = used_while(instance, lambda: time.sleep(asked.idle))
    is_over = multiprocessing.Event()
    open_count = multiprocessing.Value("i", 0)
    silent = multiprocessing.Process(target=listen, args=(instance.port, asked.clients - READERS, open_count, is_over))
    delays: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    reading = multiprocessing.Process(target=read, args=(instance.port, open_count, is_over, delays))
    for process in (silent, reading):
        process.start()
    while open_count.value < asked.clients:
        time.sleep(0.1)
    time.sleep(SETTLE_SECONDS)
    print_line(f"{asked.clients:,} clients: {instance.memory_mb() - before:.0f} MB more (before {before:.0f} MB)")
    idle = used_while(instance, lambda: time.sleep(asked.idle))
    print_line(f"idle: {100 * idle:.1f} % of a core, without them {100 * alone:.1f} %")
    busy = used_while(instance, lambda: change(instance, asked.changes, asked.seconds))
    time.sleep(2)
    is_over.set()
    heard = delays.get()
    for process in (silent, reading):
        process.join()
    late = ", ".join(f"p{percent} {1000 * percentile(heard, percent):.0f} ms" for percent in (50, 95, 99))
    print_line(f"{asked.changes} changes a second: {100 * busy:.0f} % of a core; {len(heard):,} heard by ten, {late}")


def change(instance: Instance, changes: int, seconds: int) -> None:
    """Start jobs at a steady pace; each changes three times."""
    begin = time.monotonic()
    for number in range(changes * seconds // CHANGES_OF_A_JOB):
        start(instance)
        time.sleep(max(0.0, begin + (number + 1) * CHANGES_OF_A_JOB / changes - time.monotonic()))


def start(instance: Instance) -> None:
    """Start a job."""
    connection = http.client.HTTPConnection(*instance.address, timeout=30)
    connection.request("POST", "/api/v1/kinds/tick/start", body="{}", headers={"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == http.client.ACCEPTED, answer.read()
    connection.close()


def used_while(instance: Instance, act: Callable[[], None]) -> float:
    """Return which part of a core the web process used meanwhile."""
    began, before = time.monotonic(), instance.processor_seconds()
    act()
    return (instance.processor_seconds() - before) / (time.monotonic() - began)


class Silent(asyncio.Protocol):
    """A client that takes what it is sent, and looks at nothing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket, and say what it speaks."""
        assert isinstance(transport, asyncio.Transport)
        head = (
            "GET /notifications HTTP/1.1\r\nHost: {}:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).format(*transport.get_extra_info("peername")[:2])
        text = HANDSHAKE.encode()
        # A frame of a client is masked; with a mask of zeros it stays as it is.
        transport.write(head.encode() + bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)


def listen(port: int, clients: int, opened: "multiprocessing.Value[int]", is_over: Event) -> None:
    """Hold so many clients that read nothing of what they take."""

    async def hold() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(clients):
            await loop.create_connection(Silent, "127.0.0.1", port)
            with opened.get_lock():
                opened.value += 1
        await asyncio.to_thread(is_over.wait)

    asyncio.run(hold())


def read(
    port: int, opened: "multiprocessing.Value[int]", is_over: Event, delays: "multiprocessing.Queue[list[float]]"
) -> None:
    """Hold ten clients that look when they hear of what."""
    found: list[float] = []

    async def follow() -> None:
        async with websockets.asyncio.client.connect(f"ws://127.0.0.1:{port}/notifications") as socket:
            await socket.send(HANDSHAKE)
            with opened.get_lock():
                opened.value += 1
            async for frame in socket:
                for text in str(frame).split(SEPARATOR):
                    told = json.loads(text or "{}")
                    if told.get("target") == "JobChanged":
                        found.append(time.time() - changed_at(told["arguments"][0]))

    async def hold() -> None:
        following = [asyncio.create_task(follow()) for _ in range(READERS)]
        await asyncio.to_thread(is_over.wait)
        for one in following:
            one.cancel()

    asyncio.run(hold())
    delays.put(found)


def changed_at(job: dict[str, str | None]) -> float:
    """Return when a job came into its state."""
    at = job["finished_at"] or job["started_at"] or job["created_at"]
    assert at is not None
    return datetime.fromisoformat(at).timestamp()


def print_line(text: str) -> None:
    """Print at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
