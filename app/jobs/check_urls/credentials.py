"""User names and passwords in an address. Apart from the rest, because it is loaded wherever the kind is."""

import re

_CREDENTIALS = re.compile(
    r"""\s*(?:[a-z][a-z0-9+.-]*://)?           # the scheme, which may be missing
    (?:[^/?#\s@]*:[^/?#\s]*@                  # user:password@
    |(?<=//)[^/?#\s]*@                        # user@
    |(?<=//)[^/?#\s:@\[]*:(?!\d*(?:[/?#]|$))\S*@  # user:pass/word@, which is no port
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def refuse_credentials(address: str) -> str:
    """Return an address that holds neither user name nor password.

    Raises:
        ValueError: it holds one. The message does not repeat it.
    """
    if _CREDENTIALS.match(address) and not address.lower().lstrip().startswith("mailto:"):
        raise ValueError(
            "An address with a user name or password is not asked, and what a job is started with is seen by everybody "
            "who sees the job. Leave them out; a job of your own can take a password as a Secret parameter."
        )
    return address


def without_credentials(address: str) -> str:
    """Return an address with dots for the user name and password that it may hold."""
    found = _CREDENTIALS.match(address)
    scheme = re.match(r"\s*[a-z][a-z0-9+.-]*://", address, re.IGNORECASE)
    if found is None or address.lower().lstrip().startswith("mailto:"):
        return address
    return f"{scheme[0] if scheme else ''}•••@{address[found.end() :]}"
