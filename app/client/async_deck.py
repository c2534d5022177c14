"""The client for programs with asyncio. NOTE: `deck.py` has the same methods; a test compares them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from app.client import asks
from app.client.answers import File, Job, Kind, LogLine
from app.client.asks import Ask, StartOptions
from app.client.stream import AGAIN_SECONDS, TIMEOUT, Changes, is_refused
from app.client.trying import Trying

Answered = TypeVar("Answered")


class AsyncJobdeck:
    """A Jobdeck that runs somewhere. One for all tasks of an event loop; close it, or use it as a context.

    Whatever asks the server raises `JobdeckError` where the server refuses it, or does not answer in time.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_seconds: float = 30.0,
        patience_seconds: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Say where it is; nothing is sent yet.

        Args:
            url: as http://127.0.0.1:8080, with the path below which it is served, if any.
            token: of `python main.py token create`.
            timeout_seconds: how long one answer may take.
            patience_seconds: for how long a server that is away, or refuses for now, is asked again.
            transport: how requests are sent; for tests, and for proxies of one's own.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"), headers=headers, timeout=timeout_seconds, transport=transport
        )
        self._timeout_seconds = timeout_seconds
        self._patience_seconds = patience_seconds

    async def __aenter__(self) -> Self:
        """Return it."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close its connections."""
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def start(
        self,
        kind: str,
        params: Mapping[str, Any] | None = None,
        *,
        options: StartOptions | None = None,
        **named: Any,
    ) -> Job:
        """Start a job of a kind: `await deck.start("import_readings", path="a.csv", limit=5)`.

        Args:
            kind: its name.
            params: the values, where one is called as an argument of this method is.
            options: when, where and how; see `StartOptions`.
            named: the values.

        Raises:
            JobdeckError: it was refused; `errors` names the values that do not fit.
        """
        return await self._do(asks.start(kind, params, named, options))

    async def job(self, job_id: int) -> Job:
        """Return a job as it is now."""
        return await self._do(asks.job(job_id))

    async def jobs(self, query: str = "") -> AsyncIterator[Job]:
        """Give the jobs that match a query (docs/query-language.md), the newest first, a page of 200 at a time."""
        after: str | None = None
        while True:
            page = await self._do(asks.jobs(query, after))
            for one in page.items:
                yield one
            after = page.next
            if after is None:
                return

    async def kind(self, name: str) -> Kind:
        """Return what can be started by this name, with the schema of its params."""
        return await self._do(asks.kind(name))

    async def follow(self, job: Job | int) -> AsyncIterator[Job]:
        """Give a job as it is, then each time it has changed, until it has ended. Survives a server that starts anew.

        Raises:
            JobdeckError: it was deleted, or may not be read.
        """
        changes = Changes(await self.job(job if isinstance(job, int) else job.id))
        yield changes.job
        while not changes.job.is_finished:
            try:
                async for seen in self._heard(changes):
                    yield seen
            except httpx.TransportError:
                pass
            if not changes.job.is_finished:
                await asyncio.sleep(AGAIN_SECONDS)
                # This waits for a server that is away.
                if (changed := changes.see(await self.job(changes.job.id))) is not None:
                    yield changed

    async def wait(self, job: Job | int) -> Job:
        """Return a job once it has ended, however it did."""
        async for seen in self.follow(job):
            if seen.is_finished:
                return seen
        raise AssertionError("what is followed ends")

    async def log(self, job: Job | int, *, after: int = 0) -> AsyncIterator[LogLine]:
        """Give the lines of a job's log so far, those whose `seq` is higher than `after`."""
        while True:
            page = await self._do(asks.log(_id(job), after))
            for one in page.items:
                yield one
            if page.next is None:
                return
            after = page.items[-1].seq

    async def cancel(self, job: Job | int, *, force: bool = False) -> Job:
        """Cancel a job that waits; ask one that runs to stop, or stop it by force."""
        return await self._do(asks.cancel(_id(job), is_forced=force))

    async def retry(
        self,
        job: Job | int,
        params: Mapping[str, Any] | None = None,
        *,
        anew: bool = False,
        confirmed: bool = False,
    ) -> Job:
        """Continue a failed or cancelled job; with params, or of one that succeeded, start a new one.

        `anew`: one that is continued forgets what it saved, and begins from the start. `confirmed`: whether it is
        meant, where its kind wants to be confirmed.
        """
        return await self._do(asks.retry(_id(job), params, is_anew=anew, is_confirmed=confirmed))

    async def delete(self, job: Job | int) -> None:
        """Forget a finished job and all that belongs to it."""
        await self._do(asks.delete(_id(job)))

    async def files(self, job: Job | int) -> list[File]:
        """Return which files a job attached."""
        return await self._do(asks.files(_id(job)))

    async def file(self, job: Job | int, name: str) -> bytes:
        """Return the bytes of a file that a job attached."""
        return await self._do(asks.file(_id(job), name))

    async def upload(self, path: Path | str) -> str:
        """Send a file, and return the id that an UploadedFile parameter takes."""
        with await asyncio.to_thread(Path(path).open, "rb") as stream:
            return await self._do(asks.upload(Path(path), stream))

    async def request(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Ask for anything else of the API: `await deck.request("POST", "/queues/mail/pause", {"reason": "full"})`.

        Args:
            method: as GET.
            path: below `/api/v1`.
            body: what is sent as JSON.
            query: what stands behind the `?`.

        Returns:
            What the JSON of the answer says; None where the answer has no content.
        """
        return await self._do(asks.anything(method, path, body, query))

    async def _do(self, ask: Ask[Answered]) -> Answered:
        trying = Trying(ask, patience_seconds=self._patience_seconds)
        request = self._http.build_request(
            ask.method,
            ask.path,
            params=ask.query,
            json=ask.body,
            files=ask.files,
            headers=ask.headers,
            timeout=self._timeout_seconds + ask.seconds,
        )
        while True:
            outcome: httpx.Response | httpx.TransportError
            try:
                outcome = await self._http.send(request)
            except httpx.TransportError as error:
                outcome = error
            pause = trying.pause_after(outcome)
            if pause is None:
                assert isinstance(outcome, httpx.Response)
                return ask.read(asks.checked(outcome))
            await asyncio.sleep(pause)

    async def _heard(self, changes: Changes) -> AsyncIterator[Job]:
        ask = asks.events(changes.job.id)
        async with self._http.stream(ask.method, ask.path, headers=ask.headers, timeout=TIMEOUT) as response:
            if not response.is_success:
                await response.aread()
            if is_refused(response):
                return
            async for line in response.aiter_lines():
                if (job := changes.take(line)) is not None:
                    yield job
                if changes.job.is_finished:
                    return


def _id(job: Job | int) -> int:
    return job if isinstance(job, int) else job.id
