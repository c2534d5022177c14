"""The dialog that starts a job: a form made from the signature of a function."""

__all__ = ["dialog", "draft", "form", "link", "spec", "values"]
