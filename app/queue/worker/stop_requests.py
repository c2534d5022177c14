"""How a worker hears that jobs have to stop: Redis says it at once, and what Redis loses the rows say."""

import logging
from collections.abc import Callable

import redis

from app.db.lifecycle import pending
from app.queue.context.stop import StopReason
from app.queue.events.worker_signals import ASKED, PAUSES, STOP_REQUESTS
from app.queue.worker.running_jobs import RunningJobs
from app.repeating_thread import RepeatingThread

READ_SECONDS = 2.0
"""How often the rows of running jobs are read for stop requests; Redis brings them at once, but may lose them."""
HEAR_AGAIN_SECONDS = 1.0
"""Between two tries to hear Redis while it is away."""
_log = logging.getLogger(__name__)


class StopRequests:
    """Two threads that pass stop requests on to the runs. One pair a worker process."""

    def __init__(
        self,
        running: RunningJobs,
        *,
        client: redis.Redis | None,
        pauses_changed: Callable[[], None],
        asked_anew: Callable[[], None] = lambda: None,
    ) -> None:
        """Start no thread yet.

        Args:
            running: the jobs that may be asked to stop.
            client: brings stop requests at once; None: only the rows do.
            pauses_changed: called when a queue was paused or resumed, which comes the same way.
            asked_anew: called when something was asked of this worker.
        """
        self._running = running
        self._client = client
        self._pauses_changed = pauses_changed
        self._asked_anew = asked_anew
        self._worker_id = ""
        self._reading = RepeatingThread(self._read, name="reading of stop requests", seconds=READ_SECONDS)
        self._hearing = RepeatingThread(self._hear, name="hearing of stop requests", seconds=HEAR_AGAIN_SECONDS)

    def start(self, *, worker_id: str) -> None:
        """Begin, as this worker."""
        self._worker_id = worker_id
        self._reading.start()
        if self._client is not None:
            self._hearing.start()
            self._hearing.wake()

    def stop(self) -> None:
        """Ask the threads to end; what they wait for may keep them for a second."""
        self._reading.stop()
        self._hearing.stop(waits=False)

    def _hear(self) -> None:
        assert self._client is not None
        try:
            with self._client.pubsub(ignore_subscribe_messages=True) as pubsub:  # type: ignore[no-untyped-call]  # redis-py
                pubsub.subscribe(STOP_REQUESTS, ASKED)
                while not self._hearing.is_stopping:
                    message = pubsub.get_message(timeout=1.0)
                    if message is None:
                        continue
                    if message["channel"] == ASKED.encode():
                        if message["data"] == self._worker_id.encode():
                            self._asked_anew()
                    elif message["data"] == PAUSES:
                        self._pauses_changed()
                    elif self._running.find(int(message["data"])) is not None:
                        self._reading.wake()
        except redis.RedisError as error:
            _log.warning("Stop requests come late while Redis is away: %s", error)

    def _read(self) -> None:
        runs = self._running.undecided
        if not runs:
            return
        requests = pending.stop_requests([run.job_id for run in runs], worker_id=self._worker_id)
        for run in runs:
            request = requests.get(run.job_id)  # nosec B113  # of a dict
            if run.is_over or not self._running.has(run):
                continue  # it ended, in good order, while its row was read
            if request is None or request.token != run.token:
                run.ask_to_stop(StopReason.LOST)
            elif request.is_cancelled:
                run.ask_to_stop(StopReason.CANCELLED)
                if request.is_forced:
                    run.hurry()
