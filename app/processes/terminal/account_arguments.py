"""What may be written after `python main.py user` and `token`."""

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from app.rights import Role

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parsers(commands: "Commands", *, parents: list[argparse.ArgumentParser]) -> None:
    """Say what can be asked for: to `commands`, the sub-parsers of the command line."""
    users = _acts(commands, "user", told="who may sign in: add, list, role, password, remove")
    add = users.add_parser("add", parents=parents, help="make an account; asks for its password, or reads a line of it")
    users.add_parser("list", parents=parents, help="list the accounts")
    role = users.add_parser("role", parents=parents, help="give an account another role")
    password = users.add_parser("password", parents=parents, help="give an account another password")
    remove = users.add_parser("remove", parents=parents, help="remove an account; the history keeps its name")
    for one in (add, role, password, remove):
        one.add_argument("name", metavar="NAME", help="small letters, digits and . _ @ + -")
    for one in (add, role):
        one.add_argument("--role", required=True, choices=list(Role), type=Role, help="what it is for")

    tokens = _acts(commands, "token", told="what programs show instead of signing in: create, list, revoke")
    create = tokens.add_parser("create", parents=parents, help="make a token and print it, once")
    create.add_argument("--user", required=True, metavar="NAME", help="whose")
    create.add_argument("--name", required=True, metavar="TEXT", help="what it is for")
    create.add_argument("--scope", default="all", metavar="SCOPE", help="read, start:KIND,start:KIND or all (all)")
    create.add_argument("--expires", type=datetime.fromisoformat, metavar="TIME", help="as 2027-01-31T08:30")
    listed = tokens.add_parser("list", parents=parents, help="list the tokens")
    listed.add_argument("--user", default="", metavar="NAME", help="only of this account")
    revoke = tokens.add_parser("revoke", parents=parents, help="take a token away")
    revoke.add_argument("id", type=int, metavar="ID", help="its number, as in the list")


def _acts(commands: "Commands", name: str, *, told: str) -> "Commands":
    parser: argparse.ArgumentParser = commands.add_parser(name, help=told)
    return parser.add_subparsers(dest="act", metavar="ACT", required=True)
