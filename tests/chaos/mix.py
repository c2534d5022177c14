"""The jobs of a round: seeded, of many sorts, each with the end that it must come to whatever is done to Jobdeck.

NOTE: kinds.py is what they run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from app.db import State


@dataclass(frozen=True, slots=True)
class End:
    """How a job must end. `error_type`, and a part of the message: of one that must fail."""

    state: State = State.SUCCEEDED
    error_type: str | None = None
    says: str = ""


AGAIN = "again"
"""The tag of the kinds that fail until they are retried, and of what waits for them."""
SUCCESS = End()
MUST_END: Mapping[str, End] = {
    "nap": SUCCESS,
    "walk": SUCCESS,
    "chatter": SUCCESS,
    "refuse": End(State.FAILED, "JobError"),
    "fail_always": End(State.FAILED, "RuntimeError"),
    "fail_at_first": SUCCESS,
    "keep_file": SUCCESS,
    "nap_apart": SUCCESS,
    "branch": SUCCESS,
    "gather": SUCCESS,
    "follow": SUCCESS,
    "never": End(State.CANCELLED),
    "relent": SUCCESS,
    "insist": SUCCESS,
    "succeed": SUCCESS,
    "bulk_act": SUCCESS,
    "shout": SUCCESS,
    "wander": End(State.CANCELLED),
    "hold_interpreter": SUCCESS,
    "exit_process": End(State.FAILED, "WorkerDied", "3 times"),
    "kill_process": End(State.FAILED, "WorkerDied", "3 times"),
    "retry_later": SUCCESS,
    "tick": SUCCESS,
    "prune_history": SUCCESS,
}
"""By kind."""

_WEIGHTS = {
    "nap": 16,
    "walk": 13,
    "chatter": 9,
    "refuse": 5,
    "fail_always": 5,
    "fail_at_first": 11,
    "keep_file": 9,
    "nap_apart": 8,
    "branch": 5,
    "gather": 4,
    "follow": 4,
    "never": 2,
    "relent": 4,
    "insist": 2,
    "succeed": 3,
}
"""How many of a hundred jobs are of a kind. A job takes half a second on average: eight threads do 16 a second."""
MANY_AT, MANY_EVERY, MANY = 100, 400, 200
"""Of `MANY_EVERY` orders one, the first time the `MANY_AT`-th, gathers `MANY` children."""


@dataclass(frozen=True, slots=True)
class Order:
    """A job to be started, `delay_seconds` later; 0: at once."""

    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)
    delay_seconds: float = 0.0
    follows: str | None = None
    """The kind of the job that it is to wait for, the last one that was started; empty: of any kind."""
    when: str = "finished"


def orders(seed: int) -> Iterator[Order]:
    """Give the jobs of a seed, without end."""
    random = Random(f"jobs {seed}")
    for number in count():
        (kind,) = random.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))
        if number % MANY_EVERY == MANY_AT:
            yield Order("gather", {"children": MANY})
        elif kind == "follow":
            yield Order(kind, follows="")
        elif kind == "never":
            yield Order(kind, follows="refuse", when="succeeded")
        elif kind == "succeed":
            yield Order(kind, follows=random.choice(("relent", "insist", "succeed")), when="succeeded")
        else:
            yield Order(kind, _params(kind, random))


def _params(kind: str, random: Random) -> Mapping[str, Any]:
    match kind:
        case "nap":
            return {"seconds": round(random.uniform(0, 0.4), 3)}
        case "walk":
            return {"steps": random.randint(20, 80)}
        case "nap_apart":
            return {"steps": random.randint(1, 20)}
        case "branch" | "gather" | "insist":
            return {"children": random.randint(1, 3)}
        case "chatter":
            return {"steps": random.randint(4, 16)}
        case "fail_at_first" | "relent":
            return {"times": random.randint(1, 2)}
        case _:
            return {}
