"""What `make lint` checks about the rooms of `app/`: contracts for import-linter, named in pyproject.toml.

The rules that import-linter brings along (layers, who may import what) are not here; nothing here is part of the app.
"""
