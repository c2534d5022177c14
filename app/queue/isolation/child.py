"""A process of its own for a job: the child's end of `warm_child.py`.

It runs one job after the other, each in the main thread, and says over the pipe what they report. It stops when the
worker is gone.
"""

import json
import logging
import os
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from app.process_keeper import adopt_orphans
from app.queue.context.run import Run
from app.queue.context.stop import JobCancelled, JobPutAside, StopReason
from app.queue.execution.call import call_function
from app.queue.execution.outcome import finish_of
from app.queue.execution.usage import ProcessUsage
from app.queue.isolation.process_state import ProcessState
from app.queue.isolation.warm_child import finish_wire
from app.queue.kinds.registry import registry

REPORT_SECONDS = 0.05
_log = logging.getLogger(__name__)


def serve(pipe: Connection, *, is_spent: threading.Event) -> None:
    """Run jobs until the worker closes the pipe; then the process ends at once.

    `is_spent`: set where something that a job has changed cannot be put back.

    No process that a job starts has the pipe: only so the worker learns that this one has ended when it has. A daemon
    that a job leaves becomes a child of this process, which is not used again then.
    """
    adopt_orphans()
    os.set_inheritable(pipe.fileno(), False)
    os.register_at_fork(after_in_child=pipe.close)
    _Child(pipe, is_spent).serve()


class _Child:
    def __init__(self, pipe: Connection, is_spent: threading.Event) -> None:
        self._pipe, self._is_spent = pipe, is_spent
        self._sending = threading.Lock()
        self._run: Run | None = None
        self._usage: ProcessUsage | None = None
        self._asked = threading.Condition()
        self._next: dict[str, Any] | None = None

    def serve(self) -> None:
        threading.Thread(target=self._listen, name="listener", daemon=True).start()
        threading.Thread(target=self._report_often, name="reporter", daemon=True).start()
        self._send({"ready": True})
        while True:
            with self._asked:
                self._asked.wait_for(lambda: self._next is not None)
                order, self._next = self._next, None
            assert order is not None
            self._perform(order)

    def _listen(self) -> None:
        while True:
            try:
                order = json.loads(self._pipe.recv_bytes())
            except (EOFError, OSError):
                os._exit(0)
            run = self._run
            if "stop" not in order:
                with self._asked:
                    self._next = order
                    self._asked.notify()
            elif run is not None:
                run.ask_to_stop(StopReason[order["stop"]])
                if order["force"]:
                    run.force()

    def _perform(self, order: dict[str, Any]) -> None:
        run = Run(**order, timeout=None, grace=0.0)  # limits are kept by the worker
        self._run = run
        error: BaseException | None = None
        found = ProcessState.now()
        self._usage = usage = ProcessUsage()
        try:
            kind = registry.get(run.kind_name)
            self._say(run, begins=True)
            call_function(kind, run)
        except BaseException as raised:
            error = raised
        run.leave_thread()
        self._run = None
        usage.end(run)
        end = finish_of(run, error)
        is_stopped = isinstance(error, JobCancelled)
        self._say(
            run,
            end=finish_wire.dump_json(end).decode(),
            is_stopped=is_stopped,
            awaits=(error.awaits, error.least) if isinstance(error, JobPutAside) else (None, None),
            is_reusable=ProcessState.now() == found and not self._is_spent.is_set(),
        )

    def _report_often(self) -> None:
        while True:
            time.sleep(REPORT_SECONDS)
            run, usage = self._run, self._usage
            if run is not None and usage is not None:
                try:
                    usage.look()
                    self._say(run)
                except Exception:
                    _log.exception("What job #%d reports cannot be told.", run.job_id)

    def _say(self, run: Run, **more: Any) -> None:
        """Send the worker what the run has reported since the last time, and `more`."""
        with self._sending:
            said: dict[str, Any] = dict(more)
            lines = run.log.take()
            if lines:
                said["lines"] = [(line.level, line.text) for line in lines]
            if spans := run.spans.carried():
                said["spans"] = spans
            if run.reported.has_news:
                run.reported.has_news = False
                said["progress"] = run.reported.values()
            if said:
                self._send(said)

    def _send(self, said: dict[str, Any]) -> None:
        try:
            self._pipe.send_bytes(json.dumps(said).encode())
        except OSError:
            os._exit(0)
