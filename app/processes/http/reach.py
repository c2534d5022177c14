"""Whether the page may be served beyond this machine: only where somebody can sign in."""

import shlex

from app.db import migrations
from app.db.accounts import accounts
from app.errors import SettingsError
from app.settings import Settings
from app.settings.addresses import is_loopback


def require_account(settings: Settings) -> None:
    """Refuse to listen beyond this machine while nobody could sign in. Brings the database to the newest shape.

    Through an identity provider (`oidc_issuer`) people can sign in without an account, which is made then.

    Raises:
        SettingsError: there is no account; names the command that makes one.
        Unavailable: the database cannot be reached.
    """
    if is_loopback(settings.host) or settings.oidc_issuer is not None:
        return
    migrations.upgrade(settings.database_url)
    if not accounts.has_any():
        where = f" --data-dir {shlex.quote(str(settings.data_dir))}" if settings.is_given("data_dir") else ""
        raise SettingsError(
            f"Jobdeck listens on {settings.host}, beyond this machine, only once there is an account; make one with "
            f"`python3 main.py user add NAME --role admin{where}`."
        )
