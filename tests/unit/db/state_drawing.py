"""The drawing of the state machine in docs/design.md. `python -m tests.unit.db.state_drawing` puts the present one
there; a test says when that is to be done.
"""

import re
from pathlib import Path

from app.db.state_machine import TABLE
from app.db.states import State

PAGE = Path(__file__).parents[3] / "docs" / "design.md"
_PLACE = re.compile(r"(<!-- states: [^\n]* -->\n)(.*?)(<!-- /states -->)", re.DOTALL)


def drawing() -> str:
    """Draw the table: what Mermaid shows as a picture, and each verb with its conditions."""
    verbs: dict[tuple[State | None, State | None], list[str]] = {}
    rows = ["| verb | from | to | only if | what it is |", "|---|---|---|---|---|"]
    for verb in TABLE:
        for source in verb.sources:
            for target in verb.targets:
                verbs.setdefault((source, target), []).append(verb.name)
        guards = "; ".join(guard.sentence for guard in verb.guards)
        cells = [verb.name, _names(verb.sources), _names(verb.targets), guards or "-", verb.remark or "-"]
        rows.append(f"| {' | '.join(cells)} |")
    edges = [
        f"    {source or '[*]'} --> {target or '[*]'}: {', '.join(names)}" for (source, target), names in verbs.items()
    ]
    picture = "\n".join(["```mermaid", "stateDiagram-v2", *edges, "```"])
    return f"{picture}\n\n" + "\n".join(rows) + "\n"


def drawn() -> str:
    """Return what docs/design.md shows."""
    found = _PLACE.search(PAGE.read_text("utf-8"))
    assert found is not None
    return found[2]


def _names(states: tuple[State | None, ...]) -> str:
    return ", ".join(state or "(none)" for state in states)


if __name__ == "__main__":
    PAGE.write_text(_PLACE.sub(lambda found: found[1] + drawing() + found[3], PAGE.read_text("utf-8")), "utf-8")
