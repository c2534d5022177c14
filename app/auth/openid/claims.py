"""What the provider says of a person: which role it gives, and by what name they go."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from app.auth.accounts import NAME_FORM, RESERVED
from app.rights import Role

Claims = Mapping[str, Any]
LONGEST_NAME = 64
_NAMES = ("preferred_username", "email", "name", "sub")


def role_in(claims: Claims, path: str) -> Role | None:
    """Return the highest role that a claim names; None: it names none, or is not there.

    Args:
        claims: what the provider says.
        path: the claim, as `roles`, or `realm_access.roles` inside others. Its value is a role or a list that holds
            some: `admin`, or ending in it as groups do (`jobdeck-admin`, `/jobdeck/admin`, `jobdeck:admin`).
    """
    found: object = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    said = found if isinstance(found, list) else [found]
    roles = [role for one in said if isinstance(one, str) for role in Role if _names(one, role)]
    return max(roles, key=lambda role: role.rank, default=None)


def name_in(claims: Claims) -> str:
    """Return a name for the account of somebody, in the form of names; it may be another's already."""
    for claim in _NAMES:
        said = claims.get(claim)
        if not isinstance(said, str):
            continue
        plain = unicodedata.normalize("NFKD", said).encode("ascii", "ignore").decode().lower()
        name = re.sub("[^a-z0-9._@+-]+", "-", plain).strip("._@+-")[:LONGEST_NAME]
        if re.fullmatch(NAME_FORM, name) and name not in RESERVED:
            return name
    return "somebody"


def _names(said: str, role: Role) -> bool:
    return re.fullmatch(f"(?:/?jobdeck[-_:/.])?{role}", said, re.IGNORECASE) is not None
