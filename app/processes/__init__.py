"""WHAT RUNS: one file per process, and the supervisor that starts them together.

    launch.py       which processes a command line asks for
    backup.py       an archive of what must not be lost, and the way back
    connections.py  what every process does first
    web.py, worker.py, scheduler.py, isolated.py, doctor.py, agents.py
    supervision/    starts child processes, restarts what crashes, stops them in order; one instance per data folder
    http/           who may ask the web process, and which requests are for programs
    security/       look whether the audit holds; another secret key
    terminal/       start a job in a terminal and follow it
    window/         the window of the desktop

What a job is and how it runs lives in `app.queue`, what is drawn in `app.pages`. Nothing here is imported by another
room, and each file is imported only by the process that needs it (a worker never loads NiceGUI).
"""

__all__ = [
    "agents",
    "backup",
    "blocked_imports",
    "connections",
    "doctor",
    "isolated",
    "launch",
    "scheduler",
    "web",
    "worker",
]
