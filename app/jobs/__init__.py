"""The jobs: one typed function per file, nothing else.

Every module and package in here is imported at start, and each function marked with `@job` becomes a kind that can be
started. A job too big for one file is a package whose `__init__.py` holds only that function; what it uses lies
beside it. How a job is run, stored and shown is not found here: that is `app.queue`, `app.db` and `app.pages`.
"""
