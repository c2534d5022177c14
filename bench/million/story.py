"""What a believable history tells: which kinds ran when, for whom, with what, and how they ended.

The same seed tells the same story but for its end, which is the present. All jobs are finished: nothing of it runs.
"""

import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from app.queue.execution.retry_policy import signature

SPAN = timedelta(days=60)
MICROS = 1_000_000
WORKERS = tuple(f"host-{number}" for number in range(1, 9))
PEOPLE = ("local", "ops", "ada", "grace", "linus", "nightly", "billing", "support")
WORDS = tuple(
    "invoice report north harbour mirror copper winter signal orchid ledger velvet engine canyon puzzle timber "
    "beacon saffron glacier anchor meadow quartz falcon lantern ribbon walnut cobalt prairie summit jasper".split()
)
RARE_WORD, RARE_EVERY = "xylophone", 97_001
"""A word that few jobs have: every so many-th."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """How the jobs of a kind go. `weight`: its share of all; `seconds`: the median of a run."""

    kind: str
    title: str
    queue: str
    weight: float
    seconds: float
    retries: int = 0
    fails: float = 0.03
    tags: tuple[str, ...] = ()


PLOTS = (
    Plot(kind="send_mail", title="Send a mail", queue="mail", weight=34, seconds=0.4, retries=3, fails=0.02),
    Plot(kind="import_readings", title="Import readings", queue="default", weight=22, seconds=6, retries=2, fails=0.05),
    Plot(kind="make_thumbnail", title="Make a thumbnail", queue="images", weight=18, seconds=0.9, fails=0.01),
    Plot(kind="sync_customer", title="Synchronise a customer", queue="default", weight=14, seconds=2.5, retries=3),
    Plot(kind="import_orders", title="Import orders", queue="default", weight=6, seconds=11, tags=("nightly",)),
    Plot(kind="close_books", title="Close the books", queue="reports", weight=3, seconds=45, tags=("nightly", "money")),
    Plot(kind="data_report", title="Data report", queue="reports", weight=2, seconds=20, fails=0.08),
    Plot(kind="check_urls", title="Check URLs", queue="default", weight=0.8, seconds=30, fails=0.2),
    Plot(kind="rebuild_index", title="Rebuild the index", queue="rare", weight=0.02, seconds=600, tags=("rare",)),
)
ERRORS = (
    ("TimeoutError", "The connection to {host} timed out after {number} s"),
    ("ConnectionResetError", "[Errno 104] Connection reset by peer: {host}"),
    ("ValueError", "Row {number} has no column 'customer'"),
    ("KeyError", "'{word}'"),
    ("JobError", "The file {word}-{number}.csv is empty."),
)


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: when it began and ended, in microseconds since the epoch, and how."""

    began: int
    ended: int
    outcome: str
    error: tuple[str, str, str] | None
    """Type, message and signature."""


@dataclass(frozen=True, slots=True)
class Told:
    """One job of the story; times in microseconds since the epoch."""

    number: int
    plot: Plot
    params: str
    result: str | None
    tags: str
    search_text: str
    by: str
    worker: str
    created: int
    tries: tuple[Try, ...]
    ended: int
    state: str


def tell(jobs: int, *, seed: int, now: int) -> Iterator[Told]:
    """Tell of so many jobs, oldest first; `now`: microseconds since the epoch, before which all of it lies."""
    chance = random.Random(seed)
    ends = now - 60 * MICROS
    plots = chance.choices(PLOTS, weights=[plot.weight for plot in PLOTS], k=jobs)
    for number, plot in enumerate(plots, start=1):
        created = ends - SPAN // timedelta(microseconds=1) + round(_moment((number - 0.5) / jobs) * _SPAN_MICROS)
        yield _job(chance, number, plot, created, ends)


_SPAN_MICROS = SPAN // timedelta(microseconds=1)
_DAYS = SPAN // timedelta(days=1)


def _moment(share: float) -> float:
    """Return when such a share of the jobs was started, as a share of the time: days are busy, nights are quiet."""
    return share - 0.9 * math.sin(2 * math.pi * _DAYS * share) / (2 * math.pi * _DAYS)


def _job(chance: random.Random, number: int, plot: Plot, created: int, latest: int) -> Told:
    word = WORDS[int(chance.random() * len(WORDS))]
    customer = int(chance.random() * 20_000)
    note = f"{word} {RARE_WORD}" if number % RARE_EVERY == 0 else word
    region = "north" if customer % 3 else "south"
    params = {"customer": {"id": customer, "region": region}, "note": note}
    by = PEOPLE[int(chance.random() * len(PEOPLE))]
    worker = WORKERS[int(chance.random() * len(WORKERS))]
    tries, ended, state = _tries(chance, plot, created, latest, word)
    rows = customer * 7 % 5_000
    result = f"{rows} rows of {word}" if state == "succeeded" else None
    error = tries[-1].error if tries and state == "failed" else None
    # As app.queue.acts.starting and app.db.lifecycle.finish write it.
    params_text = f'customer={{"id": {customer}, "region": "{region}"}}, note={note}'
    outcome = f"{result or ''} {f'{error[0]} {error[1]}' if error else ''}"
    text = f"{plot.kind} {plot.title} {params_text} {' '.join(plot.tags)}\n{outcome}".casefold()
    return Told(
        number,
        plot,
        json.dumps(params, separators=(",", ":")),
        None if result is None else f'"{result}"',
        json.dumps(plot.tags, separators=(",", ":")),
        text,
        by,
        worker,
        created,
        tries,
        ended,
        state,
    )


def _tries(chance: random.Random, plot: Plot, created: int, latest: int, word: str) -> tuple[tuple[Try, ...], int, str]:
    """Return the attempts of a job, when it ended and in which state."""
    began = created + int(chance.expovariate(1 / 800_000))
    if chance.random() < 0.01:
        return (), min(began, latest), "cancelled"
    made: list[Try] = []
    while True:
        began = min(began, latest)
        ended = min(began + int(plot.seconds * MICROS * chance.lognormvariate(0, 0.6)), latest)
        if chance.random() >= plot.fails:
            made.append(Try(began, ended, "succeeded", None))
            return tuple(made), ended, "succeeded"
        kind, form = ERRORS[int(chance.random() * len(ERRORS))]
        message = form.format(host=f"{word}.example", number=int(chance.random() * 100_000), word=word)
        made.append(Try(began, ended, "failed", (kind, message, signature(kind, message))))
        if len(made) > plot.retries:
            return tuple(made), ended, "failed"
        began = ended + len(made) * 5 * MICROS
