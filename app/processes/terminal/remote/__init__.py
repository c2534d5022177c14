"""What `--server URL` does: the commands of the terminal against another machine, through the client of the API.

Kinds, rows and rights are those of the server; `JOBDECK_TOKEN` says who asks. Nothing is looked up here.
"""

from app.processes.terminal.remote.commands import run

__all__ = ["run"]
