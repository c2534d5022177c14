"""Whether anybody looks: without an open tab nothing has to be read for pages."""

from nicegui import Client

UNWATCHED_SECONDS = 60.0
"""How often what pages show is read while nobody looks and nothing is told to have changed."""


def is_watched() -> bool:
    """Say whether a tab is connected."""
    return any(client.has_socket_connection for client in tuple(Client.instances.values()))
