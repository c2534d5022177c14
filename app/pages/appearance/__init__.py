"""Light or dark, and how much room rows take: what a person chooses for all pages. The style sheets lie beside the
parts that they are for.
"""

__all__ = ["density", "theme"]
