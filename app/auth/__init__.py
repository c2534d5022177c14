"""WHO ASKS: accounts, how they sign in, and the visit behind each request. What each may do is in `app.rights`.

    accounts.py     make, change and remove accounts; passwords changed
    passwords.py    Argon2, loaded when the first password comes
    signing_in.py   a name and a password become a session
    throttle.py     how often that may be tried
    tokens.py       what programs show instead; sessions and tokens ended
    openid/         sign-in through a provider, where the settings name one
    visits.py       who is behind a request, a socket, a page: the only state, kept by the web process

Pages and HTTP are unknown here; `app.processes.http.doorkeeper` asks for each request. Functions block: a password
takes some 50 ms of a core.
"""

__all__ = ["accounts", "passwords", "signing_in", "throttle", "tokens", "visits"]
