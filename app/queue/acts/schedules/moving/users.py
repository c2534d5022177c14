"""Whether a crontab names a user in each line, as /etc/crontab and the files of /etc/cron.d do."""

from collections.abc import Sequence

try:
    import pwd
except ImportError:  # Windows has no such users
    pwd = None  # type: ignore[assignment]  # the module is not there

_OFTEN = frozenset({"root", "www-data", "nobody", "daemon", "postgres", "apache", "nginx"})
_COMMANDS_TOO = frozenset({"backup", "git", "mail", "man", "news", "sync"})
"""Users of many systems whose names are commands, or are often given to scripts."""


def is_system_form(commands: Sequence[Sequence[str]]) -> bool:
    """Say whether all lines begin their command with the name of a user, and none of these may be the command itself.

    Args:
        commands: what follows the time in each line, by words.
    """
    users = {one.pw_name for one in pwd.getpwall()} if pwd is not None else set()
    known = (_OFTEN | users) - _COMMANDS_TOO
    return bool(commands) and all(
        len(words) > 1 and words[0] in known and not words[1].startswith("-") for words in commands
    )
