"""The fields of a start form: one class for each way to give a value, and what they have in common.

What the values are to be is read from the params model in `app.pages.start.spec`; the form itself is not here.
"""

__all__ = ["field", "foot", "nested", "offered_choices", "scalars", "upload_field"]
