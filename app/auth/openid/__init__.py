"""SIGN-IN THROUGH A PROVIDER: OpenID Connect, where the settings name one. Functions block: they ask the provider.

    attempt.py        what a browser keeps while its person is at the provider
    claims.py         what the provider says of a person: a role and a name
    entering.py       who comes from there becomes an account with a session
    registration.py   how this Jobdeck is known to the provider, and the error where that fails
    asking.py         requests to the provider
    provider.py       its description, its keys, codes exchanged for proofs

The last two load Authlib, 31 MB with what it needs. They are imported when the first person signs in this way.
"""

__all__ = ["attempt", "entering", "provider", "registration"]
