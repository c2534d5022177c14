"""The question that is asked when the window was closed and jobs still run, and where it is asked.

A page on an address of its own, for as long as it is asked: it is asked also when the web process does not answer, and
nobody else can say "stop" in it, for its address holds a random word. It needs no script.
"""

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Answer = Literal["keep", "stop"]

_NAMED_JOBS = 3
# The colours are those of app/pages/shell/tokens.css, which another address must not load.
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{title}}</title>
<meta name="color-scheme" content="light dark">
<style>
:root { --ground: #f5f4f0; --ink: #1c1e21; --ink-2: #565b62; --line: #e6e2da; --surface: #ffffff; --accent: #245f54;
  --on-accent: #ffffff }
@media (prefers-color-scheme: dark) { :root { --ground: #111315; --ink: #ebe9e4; --ink-2: #a9aeb4; --line: #2a2f33;
  --surface: #181b1e; --accent: #7cc2ae; --on-accent: #10211d } }
body { margin: 0; padding: 24px; background: var(--ground); color: var(--ink);
  font: 14px/1.5 Inter, system-ui, sans-serif }
h1 { margin: 0 0 8px; font-size: 17px }
p, ul { margin: 0 0 12px; color: var(--ink-2) }
ul { padding-left: 18px }
form { display: inline-block; margin: 4px 8px 0 0 }
button { min-height: 34px; padding: 0 14px; border: 1px solid var(--line); border-radius: 9px;
  background: var(--surface); color: var(--ink); font: inherit; cursor: pointer }
button.primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent) }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
</style>
<main><h1>{{title}}</h1>
{{body}}
</main></html>
"""
_BUTTONS = """<p>If you keep going, Jobdeck runs on without a window; start it again to see it again.</p>
<p>If you stop it, running jobs get a moment to end. What is not finished then waits for the next start.</p>
<form method="post" action="keep"><button class="primary" autofocus>Keep going in the background</button></form>
<form method="post" action="stop"><button>Stop Jobdeck</button></form>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """The jobs that run or wait to run now."""

    count: int | None
    """How many; None: it cannot be found out."""
    titles: Sequence[str] = ()
    """Of some of them, the newest first."""

    def sentence(self) -> str:
        """Say how many they are."""
        match self.count:
            case None:
                return "Jobs may still be running."
            case 1:
                return "1 job is still running."
            case count:
                return f"{count} jobs are still running."


class ClosingQuestion:
    """Asks it until `end`."""

    def __init__(self, unfinished: Unfinished, *, wake: Callable[[], None]) -> None:
        """Begin to ask; `wake` is called from a thread at the answer."""
        self.answer: Answer | None = None
        self._page = _write(unfinished)
        self._wake = wake
        self._path = f"/{secrets.token_urlsafe(16)}/"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="question", daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{self._path}"

    def end(self) -> None:
        """Ask no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def respond(self, method: str, path: str) -> str | None:
        """Return the page to show, None where there is none; an answer is kept. Any thread."""
        if method == "GET" and path == self._path:
            return self._page
        answers: dict[str, Answer] = {f"{self._path}keep": "keep", f"{self._path}stop": "stop"}
        if method != "POST" or path not in answers:
            return None
        self.answer = answers[path]
        self._wake()
        return _fill("Stopping…" if self.answer == "stop" else "Jobdeck runs on.", "")


def _write(unfinished: Unfinished) -> str:
    shown = list(unfinished.titles[:_NAMED_JOBS])
    if shown and unfinished.count is not None and unfinished.count > len(shown):
        shown.append(f"and {unfinished.count - len(shown)} more")
    items = "".join(f"<li>{escape(title)}</li>" for title in shown)
    return _fill(unfinished.sentence(), (f"<ul>{items}</ul>\n" if items else "") + _BUTTONS)


def _fill(title: str, body: str) -> str:
    return _PAGE.replace("{{title}}", title).replace("{{body}}", body)


def _handler(question: ClosingQuestion) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._respond()

        def do_POST(self) -> None:
            self._respond()

        def log_message(self, *_: object) -> None:
            """Write nothing into the terminal."""

        def _respond(self) -> None:
            page = question.respond(self.command, self.path)
            content = (page or "There is nothing here.\n").encode()
            self.send_response(HTTPStatus.OK if page else HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", f"text/{'html' if page else 'plain'}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Security-Policy", _POLICY)
            self.end_headers()
            self.wfile.write(content)

    return Handler


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
