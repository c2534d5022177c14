"""Whether the page may be served beyond this machine."""

from pathlib import Path

import pytest

from app.errors import SettingsError
from app.processes.http.reach import require_account
from app.rights import Role
from app.settings import Settings
from tests.door import make_account


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "deck.example"])
def test_beyond_this_machine_it_needs_an_account(database: str, tmp_path: Path, host: str) -> None:
    settings = Settings(data_dir=tmp_path / "a b", database_url=database, host=host)
    with pytest.raises(SettingsError) as refused:
        require_account(settings)
    assert f"`python3 main.py user add NAME --role admin --data-dir '{tmp_path}/a b'`" in refused.value.message

    make_account("ann", Role.ADMIN)
    require_account(settings)


def test_beyond_this_machine_a_provider_is_enough(database: str, tmp_path: Path) -> None:
    told = {"oidc_issuer": "https://login.example", "oidc_client_id": "jobdeck"}
    require_account(Settings(data_dir=tmp_path, database_url=database, host="0.0.0.0", **told))


def test_on_this_machine_it_needs_none(tmp_path: Path) -> None:
    require_account(Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/not made for this"))
    assert list(tmp_path.iterdir()) == []
