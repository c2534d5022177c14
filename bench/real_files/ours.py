"""Jobdeck's side: run `data_report` on each path that comes in, and answer with its report or its sentence."""

import json
import sys
import traceback
from pathlib import Path

from app.jobs.data_report import data_report
from app.queue import JobContext, JobError


class Noted(JobContext):
    """Keeps what the report attaches."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.files: dict[str, bytes] = {}

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Say nothing."""

    def log(self, text: str, level: str = "info") -> None:
        """Say nothing."""

    def attach(self, name: str, data_or_path: str | bytes | Path, media_type: str | None = None) -> None:
        """Keep the file."""
        assert isinstance(data_or_path, bytes)
        self.files[name] = data_or_path


def main() -> None:
    """Answer until the questions end."""
    for line in sys.stdin:
        ctx = Noted()
        answer: dict[str, object]
        try:
            sentence = data_report(ctx, Path(json.loads(line)["path"]))
            answer = {"sentence": sentence, "report": json.loads(ctx.files["report.json"])}
        except JobError as error:
            answer = {"refused": str(error)}
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            answer = {"raw": f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"[:500]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
