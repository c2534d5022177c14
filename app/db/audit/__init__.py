"""Who did what to what, when, from where and with what result: entries that are only added, in a chain of hashes.

An entry is written in the transaction of the act (`entries.py`); that of an act that was refused has its own
(`refusals.py`). Once it is committed it is linked to the one before it, in the background (`chain.py`);
docs/decisions/0026-audit.md says why not at once. `reading.py` lists them.
"""

__all__ = ["chain", "entries", "reading", "refusals"]
