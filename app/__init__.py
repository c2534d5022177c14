"""Jobdeck: start, watch and understand background jobs. One package per room; docs/design.md is the map."""

VERSION = "0.1.0"
"""The version of this tree, as in pyproject.toml; SemVer."""
