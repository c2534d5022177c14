"""Which addresses answer, how fast, over which redirects, and how long their certificates last.

`credentials.py` finds passwords in an address, `addresses.py` reads the list, `check.py` asks one address (through
`app.outward.network`: public addresses only, unless a setting allows others), `writing.py` asks many at once,
`report.py` and `page.py` write down what was found.
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from app.jobs.check_urls.credentials import refuse_credentials
from app.queue import JobContext, UploadedFile, job


@job(
    title="Check URLs",
    description="Ask a list of web addresses: status, time, redirects, and when their certificates end.",
    icon="link",
    group="Web",
    max_retries=0,
    tags=("report",),
)
def check_urls(
    ctx: JobContext,
    urls: Annotated[
        list[Annotated[str, AfterValidator(refuse_credentials)]] | None,
        Field(title="Addresses", description="Each begins with http:// or https://."),
    ] = None,
    path: Annotated[
        Path | None,
        Field(title="List", description="A text file on the worker's machine, one address a line."),
    ] = None,
    file: Annotated[UploadedFile | None, Field(title="Or upload a list")] = None,
    at_once: Annotated[
        int, Field(title="At once", description="How many are asked at the same time.", ge=1, le=64)
    ] = 8,
    timeout_seconds: Annotated[
        int, Field(title="Seconds for each", description="Redirects included.", ge=1, le=300)
    ] = 20,
    fail_if_broken: Annotated[
        bool, Field(title="Fail if one is broken", description="For checks that nobody reads while all is well.")
    ] = False,
) -> str:
    """Ask a list of web addresses: status, time, redirects, and when their certificates end."""
    from app.jobs.check_urls.writing import write_report  # imports an HTTP client, which only the worker needs

    return write_report(
        ctx,
        urls=urls or (),
        path=path,
        file=file,
        at_once=at_once,
        timeout_seconds=timeout_seconds,
        fail_if_broken=fail_if_broken,
    )
