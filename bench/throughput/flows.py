"""Jobs that follow each other, and one that waits for many: how fast, and what a killed worker leaves of them."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

from bench.throughput.contestant import Contestant
from bench.throughput.measures import Figures
from bench.throughput.stage import RunFailed, Stage

Shape = Literal["chain", "fan"]
LENGTHS: dict[Shape, int] = {"chain": 1_000, "fan": 10_000}
"""Jobs that follow each other; children of one fan-in."""
STILL_SECONDS = 100.0
"""So long without any progress the rest is lost. Dramatiq gives messages of a dead worker to others after a minute."""


def flow(shape: Shape, contestant: Contestant, folder: Path) -> Figures:
    """Start a flow while the workers run: jobs a second, from its start to its last end."""
    jobs = LENGTHS[shape]
    with Stage(_with_flows(contestant), folder) as stage:
        stage.start_workers()
        stage.warm_up()
        answer = stage.ask(f"start_{shape}", count=jobs)
        ended = stage.wait_for_flow(jobs + (shape == "fan"))
    return {f"{shape}_per_second": jobs / (ended - answer["began"])}


def killed(shape: Shape, contestant: Contestant, folder: Path) -> Figures:
    """Kill the process of a worker in the middle of a flow: how many jobs never ran, how many twice, the seconds."""
    jobs = LENGTHS[shape]
    wanted = jobs + (shape == "fan")
    with Stage(_with_flows(contestant), folder) as stage:
        stage.start_workers()
        stage.warm_up()
        answer = stage.ask(f"start_{shape}", count=jobs)
        stage.wait_for_records(jobs // 2)
        with suppress(ProcessLookupError):
            os.kill(stage.records()[-1].pid, signal.SIGKILL)
        _wait_while_it_goes_on(stage, wanted)
        records = stage.records()
    ran = {one.index for one in records}
    return {
        f"{shape}_lost": wanted - len(ran),
        f"{shape}_twice": len(records) - len(ran),
        f"{shape}_killed_seconds": records[-1].at - answer["began"],
    }


def _with_flows(contestant: Contestant) -> Contestant:
    """Let its app have what flows need and other runs do not."""
    return replace(contestant, environment={**contestant.environment, "BENCH_FLOWS": "1"})


def _wait_while_it_goes_on(stage: Stage, wanted: int) -> None:
    seen, since = 0, time.monotonic()
    while time.monotonic() - since < STILL_SECONDS:
        ran = len({one.index for one in stage.records()})
        if ran >= wanted:
            return
        if ran > seen:
            seen, since = ran, time.monotonic()
        try:
            stage.wait(lambda: False, seconds=0.2)
        except RunFailed as failure:
            if "the workers ended" in str(failure):
                return  # nobody is there to run the rest
