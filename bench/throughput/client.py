"""The process that starts jobs: `python -m bench.throughput.client MODULE`, a module of `apps`.

It reads one command a line and answers each with a line of JSON. Every contestant's client is this same process, so
that its CPU time can be told from that of the workers and nobody's is warmed up by another's.
"""

import importlib
import json
import sys
import time
from typing import Any


def main() -> None:
    """Connect, say so, obey."""
    app = importlib.import_module(sys.argv[1])
    app.connect()
    _say({"ready": True})
    for line in sys.stdin:
        command = json.loads(line)
        _say(_obey(app, command))


def _obey(app: Any, command: dict[str, Any]) -> dict[str, Any]:
    """Start jobs one by one or in bulk, and say when it began and ended and what CPU time it took (seconds)."""
    indexes = range(command["first"], command["first"] + command["count"])
    how = getattr(app, command["do"], None)
    if how is None:
        return {"missing": f"{app.__name__.rpartition('.')[2]} has no {command['do']}"}
    cpu, began = time.process_time(), time.monotonic()
    try:
        answer = how(indexes)
    except ImportError as error:
        return {"missing": str(error).partition(" (")[0]}  # without the path that follows
    return {"began": began, "ended": time.monotonic(), "cpu": time.process_time() - cpu, "answer": answer}


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
