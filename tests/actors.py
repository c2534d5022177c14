"""Who acts in tests."""

from app.actor import Actor, ActorKind


def person(name: str) -> Actor:
    """Return a person of this name."""
    return Actor(kind=ActorKind.PERSON, name=name, via="test")


ME = person("me")
