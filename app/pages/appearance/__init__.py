"""How all pages look to a person, and the choice of it. The style sheets lie beside the parts that they are for."""

__all__ = ["density", "theme"]
