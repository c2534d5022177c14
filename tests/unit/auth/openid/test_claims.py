"""What the provider says of a person."""

from typing import Any

import pytest

from app.auth.openid.claims import name_in, role_in
from app.rights import Role


@pytest.mark.parametrize(
    ("claims", "path", "role"),
    [
        ({"role": "operator"}, "role", Role.OPERATOR),
        ({"roles": ["viewer", "admin", "operator"]}, "roles", Role.ADMIN),
        ({"groups": ["/jobdeck/operator", "everybody"]}, "groups", Role.OPERATOR),
        ({"groups": ["jobdeck:admin"]}, "groups", Role.ADMIN),
        ({"groups": ["Jobdeck-Viewer"]}, "groups", Role.VIEWER),
        ({"realm_access": {"roles": ["admin"]}}, "realm_access.roles", Role.ADMIN),
        ({"https://example.org/roles": ["admin"]}, "https://example.org/roles", Role.ADMIN),
        ({"groups": ["database-admin", "administrator", "admins"]}, "groups", None),
        ({"groups": []}, "groups", None),
        ({"groups": [["admin"], {"name": "admin"}, 1, None]}, "groups", None),
        ({"realm_access": "admin"}, "realm_access.roles", None),
        ({}, "groups", None),
    ],
)
def test_the_highest_role_that_is_named_counts(claims: dict[str, Any], path: str, role: Role | None) -> None:
    assert role_in(claims, path) == role


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "Ann", "email": "a@b"}, "ann"),
        ({"email": "Ann.Müller@Example.org"}, "ann.muller@example.org"),
        ({"name": "Ann van Dam"}, "ann-van-dam"),
        ({"preferred_username": "local", "sub": "x1"}, "x1"),
        ({"preferred_username": "\r\n<b>", "sub": "x1"}, "b"),
        ({"sub": "a" * 300}, "a" * 64),
        ({"sub": "日本"}, "somebody"),
    ],
)
def test_a_name_has_the_form_of_names(claims: dict[str, Any], name: str) -> None:
    assert name_in(claims) == name
