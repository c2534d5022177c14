"""Run a command line on the worker's machine.

`following.py` stays with the command until the end of all that it started, `output.py` makes lines of what it writes,
`bar.py` reads its progress bar, `backlog.py` brings the lines to the log without holding the command up.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.queue import JobContext, job


@job(
    title="Run a command",
    description="Run a command line on the worker's machine; its output is the log, its exit status the outcome.",
    icon="terminal",
    group="System",
    max_retries=0,
    max_crashes=1,
    off_unless="allow_commands",
    requires="admin",
)
def run_command(
    ctx: JobContext,
    command: Annotated[
        str,
        Field(min_length=1, description="As in a terminal: words, quotes, but no variables, pipes or redirections."),
    ],
    folder: Annotated[
        Path | None, Field(title="Working folder", description="On the worker's machine. Empty: the home folder.")
    ] = None,
    environment: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*=")]],
        Field(
            title="Environment variables",
            description="NAME=value, beside the worker's own. Not for passwords: everybody who sees the job sees them.",
        ),
    ] = [],  # noqa: B006  # pydantic copies it
    timeout: Annotated[
        timedelta | None,
        Field(title="Time limit", gt=timedelta(0), description="After it the command is ended, and the job fails."),
    ] = None,
    shell: Annotated[
        bool,
        Field(
            title="Use a shell",
            description="Let /bin/sh read the line: variables, pipes, redirections.",
        ),
    ] = False,
    in_order: Annotated[
        bool,
        Field(
            title="Output and errors in order",
            description="Through one pipe, as in a terminal; errors are then no warnings in the log.",
        ),
    ] = False,
) -> str:
    """Run a command line; its output is the log, its exit status the outcome.

    Everything it started ends with it, and when the worker dies; the log names what had to be ended. It is never run
    twice by itself.
    """
    from app.jobs.run_command.following import follow

    # What it is for, and off unless JOBDECK_ALLOW_COMMANDS=1.
    return follow(  # nosec B604
        ctx, command, folder=folder, environment=environment, timeout=timeout, shell=shell, in_order=in_order
    )
