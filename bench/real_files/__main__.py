"""Run every file, count the verdicts, print them as Markdown."""

import argparse
import json
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from bench import ending
from bench.real_files.child import Child, Overtime

ROOT = Path(__file__).parents[2]
VERDICTS = ("right", "assumed", "stricter", "wrong", "refused", "over time", "unchecked")
SUFFIXES = set(
    "csv tsv tab psv dat txt data json ndjson jsonl geojson parquet parq pq xlsx xlsm xls xlsb ods feather arrow ipc"
    " arrows stream sqlite sqlite3 db orc avro dta sas7bdat sav h5 xpt html xml log".split()
)
PACKED = {"gz", "bz2", "xz", "zst", "zip"}


def main() -> None:
    """Judge all files below the folder."""
    ending.by_an_exception()
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--reference", type=Path, default=ROOT / ".venv-bench-data/bin/python")
    options.add_argument("--only", default="", help="a regular expression for the path below the folder")
    options.add_argument("--seconds", type=float, default=60, help="that a file may take")
    options.add_argument("--keep", type=Path, help="write the verdict of each file to this JSON file")
    chosen = options.parse_args()
    files = [path for path in sorted(chosen.folder.rglob("*")) if is_data(path)]
    files = [path for path in files if re.search(chosen.only, str(path.relative_to(chosen.folder)))]
    ours = Child([sys.executable, "-m", "bench.real_files.ours"], ROOT)
    theirs = Child([str(chosen.reference), str(Path(__file__).with_name("theirs.py"))], ROOT)
    found = []
    for number, path in enumerate(files, start=1):
        verdict = judge(path, ours, theirs, chosen.seconds)
        found.append({"file": str(path.relative_to(chosen.folder)), **verdict})
        if sys.stderr.isatty() or number % 100 == 0:
            sys.stderr.write(f"{number} of {len(files)}: {found[-1]['verdict']} {found[-1]['file']}\n")
        if chosen.keep:
            chosen.keep.write_text(json.dumps(found, indent=1), encoding="utf-8")
    ours.close()
    theirs.close()
    sys.stdout.write(as_markdown(found))


def is_data(path: Path) -> bool:
    """Return whether the name is one of a data file."""
    if not path.is_file() or path.is_symlink() or not path.stat().st_size:
        return False
    suffixes = [suffix.lstrip(".").lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in PACKED:
        if suffixes.pop() == "zip":
            return True
    return bool(suffixes) and suffixes[-1] in SUFFIXES


def judge(path: Path, ours: Child, theirs: Child, seconds: float) -> dict[str, Any]:
    """Return the verdict of one file, with what led to it."""
    start = time.perf_counter()
    try:
        answer = ours.ask({"path": str(path)}, seconds=seconds)
    except Overtime as error:
        return {"verdict": "over time", "seconds": seconds, "sentence": str(error)}
    taken = round(time.perf_counter() - start, 2)
    if raw := answer.get("raw"):
        return {"verdict": "wrong", "seconds": taken, "differences": [f"a raw error: {raw}"]}
    try:
        other = theirs.ask({"path": str(path), "report": answer.get("report")}, seconds=max(seconds, 120))
    except Overtime as error:
        other = {"verdict": "unread", "why": str(error)}
    if sentence := answer.get("refused"):
        verdict = "stricter" if other["verdict"] == "read" else "refused"
        return {"verdict": verdict, "seconds": taken, "sentence": sentence.replace(str(path), path.name), **also(other)}
    verdict = "unchecked" if other["verdict"] == "unread" else other["verdict"]
    return {"verdict": verdict, "seconds": taken, "sentence": answer["sentence"], **also(other)}


def also(other: dict[str, Any]) -> dict[str, Any]:
    """Return what the other side says beside its verdict."""
    return {key: value for key, value in other.items() if key != "verdict"}


def as_markdown(found: list[dict[str, Any]]) -> str:
    """Return the table of counts, and below it each file that is not simply right."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for entry in found:
        counts[entry["file"].split("/")[0]][entry["verdict"]] += 1
    lines = [f"| set | files | {' | '.join(VERDICTS)} |", f"|---{'|---:' * (len(VERDICTS) + 1)}|"]
    for name, count in [*sorted(counts.items()), ("**all**", sum(counts.values(), Counter()))]:
        lines.append(f"| {name} | {count.total()} | {' | '.join(str(count[verdict]) for verdict in VERDICTS)} |")
    for verdict in ("wrong", "over time", "stricter", "refused", "assumed", "unchecked"):
        entries = [entry for entry in found if entry["verdict"] == verdict]
        if entries:
            lines += ["", f"## {verdict}: {len(entries)}", ""]
            lines += [f"- `{entry['file']}`: {_words(entry)}" for entry in entries]
    return "\n".join(lines) + "\n"


def _words(entry: dict[str, Any]) -> str:
    parts = [entry.get("sentence", ""), "; ".join(entry.get("differences", [])[:3]), entry.get("why", "")]
    return " · ".join(part for part in parts if part)[:600]


if __name__ == "__main__":
    main()
