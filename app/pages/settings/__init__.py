"""The page of settings: what a person chooses for themselves, and what this installation was told.

Each part is a section: a module of its own that draws it, and a line in `sections.py`. The settings of the processes
(`app.settings`) are read here and never written: they come from the environment.
"""

__all__ = ["page"]
