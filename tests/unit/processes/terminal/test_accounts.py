"""`python main.py user …` and `token …`, as a person or a script calls them."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import main
from app.auth import passwords
from app.auth.secret_texts import hash_of
from app.db.accounts import accounts, tokens
from app.db.sql import engine
from tests.door import PASSWORD

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command on a data folder; gives its exit status and what it wrote."""

    def call(*words: str, line: str = f"{PASSWORD}\n") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(line))
        status = main.main([*words, "--data-dir", str(tmp_path / "data")])
        said = capsys.readouterr()
        return status, said.out, said.err

    yield call
    engine.disconnect()


def test_an_account_is_made_listed_changed_and_removed(run: Run) -> None:
    assert run("user", "add", "Ann", "--role", "admin") == (0, "ann may sign in, as an admin.\n", "")
    assert passwords.is_right(PASSWORD, accounts.password_hash_of("ann"))
    assert run("user", "add", "bob", "--role", "viewer")[0] == 0
    assert run("user", "role", "bob", "--role", "operator")[1] == "bob is an operator now.\n"
    assert run("user", "list")[1] == "ann  admin  never signed in\nbob  operator  never signed in\n"
    assert run("user", "password", "bob", line="another password\n")[0] == 0
    assert passwords.is_right("another password", accounts.password_hash_of("bob"))
    assert run("user", "remove", "bob")[0] == 0
    assert [one.name for one in accounts.list_accounts()] == ["ann"]


def test_what_does_not_fit_is_said_in_a_line(run: Run) -> None:
    assert run("user", "add", "ann", "--role", "admin", line="short\n") == (
        2,
        "",
        "A password has 10 characters or more.\n",
    )
    assert run("user", "remove", "ann")[0] == 2
    assert run("token", "create", "--user", "ann", "--name", "ci")[2] == "There is no account ann.\n"
    with pytest.raises(SystemExit):
        run("user", "add", "ann", "--role", "owner")


def test_a_token_is_printed_once_and_alone(run: Run) -> None:
    run("user", "add", "ann", "--role", "admin")
    words = "token create --user ann --name ci --scope start:mail --expires 2100-01-31T08:30"
    status, out, _ = run(*words.split())
    assert (status, out.count("\n")) == (0, 1)
    found = tokens.find(hash_of(out.strip()))
    assert found is not None
    assert (found.name, found.scope) == ("ann", "start:mail")
    listed = run("token", "list")[1]
    assert listed.startswith("1  ann  ci  start:mail  used ")
    assert out.strip() not in listed
    assert run("token", "revoke", "1")[0] == 0
    assert tokens.find(hash_of(out.strip())) is None
