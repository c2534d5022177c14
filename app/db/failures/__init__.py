"""WHY JOBS FAIL: failures of one cause belong together, from the first to the last, until they are resolved.

`keeping` writes them with the transitions of jobs, for `app.db.lifecycle` alone, `dismissing` what people ask for, for
`app.queue` alone; `groups` reads them.
"""

__all__ = ["dismissing", "groups", "keeping"]
