"""WHAT RUNS: one file per process, and the supervisor that starts them together.

    roles.py        which processes a command line asks for
    supervisor.py   starts child processes, restarts what crashes, stops them in order
    child.py        one child process: its output, its end
    lifeline.py     a child notices that its parent is gone
    instance.py     one instance per data folder; where it is
    valkey.py       the private server: which binary, which socket
    doctor.py       is everything as it should be
    web.py, worker.py, scheduler.py, isolated.py
    guard.py        who may ask the web process
    entrance.py     which requests are for programs, which for people

What a job is and how it runs lives in `app.queue`, what is drawn in `app.pages`. Nothing here is imported by another
room, and each file is imported only by the process that needs it (a worker never loads NiceGUI).
"""

__all__ = ["blocked_imports", "doctor", "isolated", "launch", "scheduler", "web", "worker"]
