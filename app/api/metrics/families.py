"""The metrics, read at each scrape from totals that are kept, from indexes of what waits and runs, and from the newest
ends: nothing of it grows with the history.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeHistogramMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from app.db import Asked
from app.db.clock import now
from app.db.queries import activity, counts, dashboard, schedules
from app.db.queries import workers as worker_queries
from app.db.queries.workers import WorkerStatus
from app.queue.acts import queues
from app.queue.acts.schedules import reading
from app.queue.repair import action_counts

SPAN = timedelta(minutes=5)
"""The ends of so long are in the histograms: as the usual `rate(…[5m])`."""
MOST_MEASURED = 5000
MOST_NAMES = 100
OTHERS = "(others)"
"""What further kinds and queues are added up under; no kind can be called so."""
BOUNDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
_OF_LATE = f"of the jobs that ended in the last 5 minutes, at most the newest {MOST_MEASURED}"


class Families(Collector):
    """What one scrape is answered with."""

    def __init__(self, clients: Mapping[str, Callable[[], int]]) -> None:
        """`clients`: by door, what counts the connections of this web process."""
        self._clients = clients

    def collect(self) -> Iterator[Metric]:
        """Read everything.

        Raises:
            Unavailable: the database is away.
        """
        at = now()
        yield from _jobs(at)
        yield from _durations(at)
        yield from _queues()
        yield from _workers(worker_queries.workers())
        yield from _schedules(at)
        yield from _sweeps()
        clients = GaugeMetricFamily(
            "jobdeck_web_clients", "Connections to this web process that are told of changes.", labels=["door"]
        )
        for door, count in self._clients.items():
            clients.add_metric([door], count())
        yield clients


def _jobs(at: datetime) -> Iterator[Metric]:
    by_kind = counts.totals_by_kind()
    label = _labels({kind: sum(of.values()) for kind, of in by_kind.items()})
    found: Counter[tuple[str, ...]] = Counter()
    for kind, of in by_kind.items():
        found.update({(label(kind), state): total for state, total in of.items()})
    yield _gauge("jobdeck_jobs", "Jobs by kind and state, finished ones included.", ("kind", "state"), found)
    today = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    ended: Counter[tuple[str, str]] = Counter()
    for kind, states in dashboard.ended_since(today).items():
        ended.update({(label(kind), state): total for state, total in states.items()})
    family = CounterMetricFamily(
        "jobdeck_jobs_ended",
        "Ends of jobs by kind and state, from 0 again at each midnight UTC; a job that was retried has several.",
        labels=["kind", "state"],
    )
    for labels, total in sorted(ended.items()):
        family.add_metric(labels, total, created=today.timestamp())
    yield family


def _durations(at: datetime) -> Iterator[Metric]:
    found = activity.recent_durations(at - SPAN, most=MOST_MEASURED)
    label = _labels({kind: len(waits) for kind, (waits, _) in found.items()})
    waited: defaultdict[str, list[float]] = defaultdict(list)
    ran: defaultdict[str, list[float]] = defaultdict(list)
    for kind, (waits, runs) in found.items():
        waited[label(kind)] += waits
        ran[label(kind)] += runs
    yield _histogram("jobdeck_job_wait_seconds", f"From being due to the start, {_OF_LATE}.", waited)
    yield _histogram("jobdeck_job_run_seconds", f"How long the last attempt ran, {_OF_LATE}.", ran)


def _queues() -> Iterator[Metric]:
    found = queues.list_queues()
    label = _labels({queue.name: queue.waiting + queue.running for queue in found})
    waiting: Counter[tuple[str, ...]] = Counter()
    running: Counter[tuple[str, ...]] = Counter()
    paused: Counter[tuple[str, ...]] = Counter()
    oldest: dict[tuple[str, ...], float] = defaultdict(float)
    for queue in found:
        name = (label(queue.name),)
        waiting[name] += queue.waiting
        running[name] += queue.running
        paused[name] += queue.is_paused
        oldest[name] = max(oldest[name], queue.oldest_wait_seconds or 0.0)
    most = (
        f"Queued jobs, counted up to {counts.COUNT_LIMIT} a queue; those that wait for their time are not among them."
    )
    yield _gauge("jobdeck_queue_waiting", most, ("queue",), waiting)
    yield _gauge("jobdeck_queue_oldest_wait_seconds", "How long the first of them waits; 0: none.", ("queue",), oldest)
    yield _gauge("jobdeck_queue_running", "Running jobs.", ("queue",), running)
    yield _gauge("jobdeck_queue_paused", "1: the queue is paused.", ("queue",), paused)


def _workers(found: Sequence[WorkerStatus]) -> Iterator[Metric]:
    states = Counter({"working": 0, "quiet": 0, "stopping": 0, "silent": 0})
    states.update(_state_of(worker) for worker in found)
    text = "Worker processes; silent: nothing was heard for ten seconds."
    yield _gauge("jobdeck_workers", text, ("state",), {(state,): number for state, number in states.items()})
    alive = [worker for worker in found if worker.is_alive]
    threads: dict[tuple[str, ...], float] = {
        ("busy",): sum(len(worker.running_job_ids) for worker in alive),
        ("all",): sum(worker.threads for worker in alive),
        ("abandoned",): sum(worker.abandoned_threads for worker in alive),
    }
    text = "Threads of living workers: how many there are, run a job, or were left behind by one that does not stop."
    yield _gauge("jobdeck_worker_threads", text, ("what",), threads)


def _state_of(worker: WorkerStatus) -> str:
    if not worker.is_alive:
        return "silent"
    return {Asked.NONE: "working", Asked.QUIET: "quiet"}.get(worker.asked, "stopping")


def _schedules(at: datetime) -> Iterator[Metric]:
    active, paused = schedules.count_by_pause(at)
    by_state: dict[tuple[str, ...], float] = {
        ("active",): active,
        ("paused",): paused,
        ("overdue",): len(reading.list_overdue()),
    }
    text = "Schedules with an instant to come; overdue: their job has not begun, or not ended, when it should have."
    yield _gauge("jobdeck_schedules", text, ("state",), by_state)
    due = [one.next_at for one in schedules.in_progress(due_before=at, limit=1000) if one.next_at is not None]
    late = max((at - min(due, default=at)).total_seconds(), 0.0)
    text = "How long the first instant that is due has waited for a scheduler; 0: none waits."
    yield GaugeMetricFamily("jobdeck_schedule_lateness_seconds", text, value=late)


def _sweeps() -> Iterator[Metric]:
    found = action_counts.read()
    if found is None:
        return  # Redis is away; the other figures stand
    family = CounterMetricFamily(
        "jobdeck_sweep_actions",
        "Jobs that the sweep sent, sent again, queued when due or rescued, in all processes since Redis was started.",
        labels=["action"],
    )
    for action, number in found.items():
        family.add_metric([action], number)
    yield family


def _labels(sizes: Mapping[str, int]) -> Callable[[str], str]:
    """Return what gives a name its label: the largest have their own, so that no scrape has labels without end."""
    kept = set(sorted(sizes, key=lambda name: (-sizes[name], name))[:MOST_NAMES])
    return lambda name: name if name in kept else OTHERS


def _gauge(name: str, text: str, labels: Sequence[str], values: Mapping[tuple[str, ...], float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _histogram(name: str, text: str, values: Mapping[str, Iterable[float]]) -> GaugeHistogramMetricFamily:
    """Describe a distribution of now: not one that only grows, so that `histogram_quantile` needs no `rate`."""
    family = GaugeHistogramMetricFamily(name, text, labels=["kind"])
    for kind, durations in sorted(values.items()):
        found = list(durations)
        within = Counter(bisect_left(BOUNDS, seconds) for seconds in found)
        buckets, total = [], 0
        for place, bound in enumerate((*BOUNDS, float("inf"))):
            total += within[place]
            buckets.append((_bound_text(bound), float(total)))
        family.add_metric([kind], buckets, sum(found))
    return family


def _bound_text(bound: float) -> str:
    """Write a bound as OpenMetrics wants it: with a point, infinity as +Inf."""
    return "+Inf" if bound == float("inf") else str(bound)
