"""Jobdeck beside raw Dramatiq, Celery, RQ, Huey and taskiq: one command, one table (docs/performance.md).

    make bench
    make bench ARGS="--only jobdeck,dramatiq --rounds 3 --what throughput,pickup,start,progress,memory"

The runner (`__main__.py`, in `.venv`) starts for each run a server and workers of its own and a client (`client.py`);
the client and the workers of the others run in `.venv-bench`. What all of them have in common is the record that a
no-op job writes (`record.py`). Run by hand, never in the test suite.
"""
