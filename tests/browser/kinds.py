"""The kinds that the browser tests run, given to the instance with `--jobs`. The tests never import this file.

NOTE: script.py is the other end of `play`: it writes the lines that are read here.
"""

import json
import time
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.queue import JobContext, JobError, Secret, UploadedFile, job

PAUSE_SECONDS = 0.02
HOSTILE = '<img src=x onerror=window.struck=1>"><script>window.struck=1</script>{{ window.struck=1 }}${window.struck=1}'


@job(title="Play a script", group="Tests", max_retries=0, grace=60)
def play(ctx: JobContext, script: Path, name: str = "") -> Any:
    """Do what the lines of a file say, as they come, until one says to end or the job is asked to stop."""
    done, is_stubborn = 0, False
    while True:
        lines = script.read_text().splitlines(keepends=True) if script.exists() else []
        for line in lines[done:]:
            if not line.endswith("\n"):
                break
            done += 1
            step = json.loads(line)
            match step.pop("do"):
                case "progress":
                    ctx.progress(**step)
                case "log":
                    ctx.log(**step)
                case "attach":
                    ctx.attach(step["name"], step["text"].encode(), step["media_type"])
                case "be_stubborn":
                    is_stubborn = step["until_told"]
                case "refuse":
                    raise JobError(step["message"])
                case "fail":
                    raise RuntimeError(step["message"])
                case "end":
                    return step["result"]
        if ctx.cancelled and not is_stubborn:
            ctx.progress(done)
        time.sleep(PAUSE_SECONDS)


@job(title="Chat", group="Tests", max_retries=0)
def chat(ctx: JobContext, lines: int) -> None:
    """Log many lines."""
    for number in range(1, lines + 1):
        ctx.log(f"row {number}.", level="warning" if number % 1000 == 0 else "info")


@job(title="Number", group="Tests", max_retries=0)
def number(ctx: JobContext, number: int) -> str:
    """Answer with a word about a number; odd ones fail."""
    if number % 2:
        raise JobError(f"{number} is odd.")
    return f"{number} is even"


@job(title="Crowd", group="Tests", max_retries=0)
def crowd(ctx: JobContext, size: int) -> None:
    """Start many jobs at once."""
    for _ in range(size):
        ctx.start("no_parameters")


@job(title="Only one", group="Tests", max_retries=0, unique="params")
def only_one(ctx: JobContext, name: str = "one") -> str:
    """Be the only one of a name."""
    return name


@job(title="No parameters", group="Tests", max_retries=0)
def no_parameters(ctx: JobContext) -> str:
    """Do nothing, well."""
    return "done"


@job(title=HOSTILE, description=HOSTILE, group="Tests", max_retries=0)
def hostile(
    ctx: JobContext, text: Annotated[str, Field(title=HOSTILE, description=HOSTILE)], fails: bool = False
) -> Any:
    """Put a text everywhere a job can put one."""
    ctx.progress(1, 2, text)
    ctx.log(text)
    ctx.log(text, level="error")
    page = f"<!doctype html><title>{text}</title><p id=said>harmless</p>{text}<script>top.struck=1</script>"
    ctx.attach(f"{text.replace('/', '_')}.html", page.encode(), "text/html")
    picture = b'<svg xmlns="http://www.w3.org/2000/svg"><script>top.struck=1</script></svg>'
    ctx.attach("picture.svg", picture, "image/svg+xml")
    ctx.attach("text.txt", text.encode(), "text/plain")
    if fails:
        raise type(f"Error{text}", (RuntimeError,), {})(text)
    return {"text": text, text: [text], ":text": "window.struck = 1"}  # charts would run what a name with : has


@job(title="Times", group="Tests", max_retries=0)
def times(ctx: JobContext, moment: datetime, moments: list[datetime], pause: timedelta) -> str:
    """Take times."""
    return moment.isoformat()


@job(title="Texts", group="Tests", max_retries=0)
def texts(ctx: JobContext, names: list[str], text: str) -> int:
    """Take texts."""
    return len(names)


class Colour(Enum):
    """A choice with values of its own."""

    RED = "red"
    DEEP_BLUE = "deep blue"


class Address(BaseModel):
    """A group of fields."""

    street: Annotated[str, Field(title="Street", min_length=1)]
    number: Annotated[int, Field(title="House number", ge=1)] = 1


@job(title="Every type", group="Tests", max_retries=0)
def every_type(
    ctx: JobContext,
    text: Annotated[str, Field(title="Text", min_length=3, max_length=20, description="A short text.")],
    whole: Annotated[int, Field(title="Whole number", ge=1, le=100)],
    day: date,
    moment: datetime,
    pause: timedelta,
    path: Path,
    upload: UploadedFile,
    colour: Colour,
    size: Literal["small", "large"],
    password: Secret,
    names: list[str],
    sizes: list[Literal["small", "large"]],
    days: list[date],
    address: Address,
    second_address: Address | None = None,
    long_text: Annotated[str, Field(max_length=2000)] = "",
    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.5,
    is_loud: bool = False,
    is_known: bool | None = None,
    limit: int | None = None,
) -> dict[str, Any]:
    """Answer with what came in."""
    return {
        "text": text,
        "whole": whole,
        "day": day.isoformat(),
        "moment": moment.isoformat(),
        "pause": pause.total_seconds(),
        "path": str(path),
        "upload": [upload.name, upload.path.read_text()],
        "colour": colour.name,
        "size": size,
        "password": len(password.get_secret_value()),
        "names": names,
        "sizes": sizes,
        "days": [each.isoformat() for each in days],
        "address": address.model_dump(),
        "second_address": second_address and second_address.model_dump(),
        "long_text": long_text,
        "ratio": ratio,
        "is_loud": is_loud,
        "is_known": is_known,
        "limit": limit,
    }


@job(title="Upload first", group="Tests", max_retries=0)
def upload_first(ctx: JobContext, file: UploadedFile | None = None) -> str:
    """Begin with a file."""
    return file.path.read_text() if file else "no file"


@job(title="Group last", group="Tests", max_retries=0)
def group_last(
    ctx: JobContext,
    note: Annotated[str, Field(max_length=2000)] = "",
    one: int = 1,
    two: int = 2,
    three: int = 3,
    four: int = 4,
    days: list[date] = [],  # noqa: B006 (the author's way to say: empty)
    address: Address = Address(street="High Street"),  # noqa: B008 (as an author writes it)
    file: UploadedFile | None = None,
) -> str:
    """End with a group, far below what a small screen shows."""
    return address.street


@job(title="Secret pin", group="Tests", max_retries=0)
def secret_pin(ctx: JobContext, pin: Annotated[Secret, Field(min_length=4)]) -> int:
    """Count the digits of a secret."""
    return len(pin.get_secret_value())
