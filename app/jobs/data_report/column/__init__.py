"""What one column is like: the type its values have, how they are spread, and what there is of them. All exact.

`shapes.py` says how values may look, `value_type.py` and `counted.py` find the type, `profile.py` measures; what values
stand where is counted here where there are few of them (`tally.py`), and in the engine where there are many
(`places.py`).
"""

__all__ = ["distribution", "moments", "profile", "shape", "tally", "value_type"]
