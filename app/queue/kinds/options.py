"""The options of `@job`: their defaults, and what each must be."""

import difflib
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

from app.db.snapshots.parts import Priority
from app.errors import BadDeclaration
from app.settings import SWITCHES

DEFAULT_RETRY_DELAY_SECONDS = 15.0
DEFAULT_MAX_CRASHES = 3
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
Unique = Callable[[Any], str] | Literal["params"] | None
_QUEUE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A `@job` option: its default, and what it must be."""

    default: Any
    is_valid: Callable[[Any], bool]
    expected: str


def _is_number(value: Any, *, least: float = 0) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value < float("inf")


def _is_text(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(value.strip()))


def _is_exceptions(value: Any) -> bool:
    several = value if isinstance(value, tuple) else (value,)
    return all(inspect.isclass(one) and issubclass(one, BaseException) for one in several)


def _is_delay(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(_is_number(one) for one in value)
    return _is_number(value)


def _is_tags(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) and one.strip() for one in value)


def _is_choices(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and inspect.isfunction(one) for name, one in value.items()
    )


OPTIONS: Mapping[str, Option] = {
    "name": Option(
        default=None,
        is_valid=lambda value: value is None or (isinstance(value, str) and NAME.fullmatch(value) is not None),
        expected="small letters, digits and underscores, at most 64",
    ),
    "title": Option(default=None, is_valid=_is_text, expected="a text"),
    "description": Option(default=None, is_valid=_is_text, expected="a text"),
    "icon": Option(default=None, is_valid=_is_text, expected="the name of a Material icon"),
    "group": Option(
        default="Jobs", is_valid=lambda value: isinstance(value, str) and bool(value.strip()), expected="a text"
    ),
    "queue": Option(
        default="default",
        is_valid=lambda value: isinstance(value, str) and _QUEUE.fullmatch(value) is not None,
        expected="letters, digits, - and _, at most 64",
    ),
    "max_retries": Option(
        default=3,
        is_valid=lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000,
        expected="a whole number from 0 to 1000",
    ),
    "retry_delay": Option(
        default=DEFAULT_RETRY_DELAY_SECONDS, is_valid=_is_delay, expected="seconds, or a list of seconds"
    ),
    "retry_on": Option(default=(), is_valid=_is_exceptions, expected="an exception class or a tuple of them"),
    "no_retry_on": Option(default=(), is_valid=_is_exceptions, expected="an exception class or a tuple of them"),
    "max_crashes": Option(
        default=DEFAULT_MAX_CRASHES,
        is_valid=lambda value: isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000,
        expected="a whole number from 1 to 1000",
    ),
    "timeout": Option(
        default=None,
        is_valid=lambda value: value is None or (_is_number(value) and value > 0),
        expected="seconds, more than 0, or None",
    ),
    "grace": Option(default=10.0, is_valid=_is_number, expected="seconds, 0 or more"),
    "priority": Option(
        default="normal",
        is_valid=lambda value: value in get_args(Priority),
        expected='"low", "normal" or "high"',
    ),
    "unique": Option(
        default=None,
        is_valid=lambda value: value in (None, "params") or inspect.isfunction(value),
        expected='"params", or a function of the params that returns a text',
    ),
    "max_running": Option(
        default=None,
        is_valid=lambda value: (
            value is None or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100_000)
        ),
        expected="a whole number from 1 on, or None",
    ),
    "isolate": Option(default=False, is_valid=lambda value: isinstance(value, bool), expected="True or False"),
    "tags": Option(default=(), is_valid=_is_tags, expected="a list of texts"),
    "listed": Option(default=True, is_valid=lambda value: isinstance(value, bool), expected="True or False"),
    "off_unless": Option(
        default=None,
        is_valid=lambda value: value is None or value in SWITCHES,
        expected=f"a setting that is on or off ({', '.join(sorted(SWITCHES))})",
    ),
    "requires": Option(
        default="operator", is_valid=lambda value: value in ("operator", "admin"), expected='"operator" or "admin"'
    ),
    "private": Option(default=False, is_valid=lambda value: isinstance(value, bool), expected="True or False"),
    "approve": Option(
        default=None,
        is_valid=lambda value: value in (None, "operator", "admin"),
        expected='"operator", "admin" or None',
    ),
    "confirm": Option(default=None, is_valid=_is_text, expected="a text: what is to be known before it starts"),
    "choices": Option(
        default=MappingProxyType({}),
        is_valid=_is_choices,
        expected="a function for each of some parameters, by its name: {'table': tables_of}",
    ),
    "after_children": Option(
        default=None,
        is_valid=lambda value: value is None or (inspect.isfunction(value) and not inspect.isgeneratorfunction(value)),
        expected="a plain function that takes the context and the children, as def add_up(ctx, children)",
    ),
    "schedule": Option(
        default=(),
        is_valid=lambda value: isinstance(value, str) or _is_tags(value),
        expected="a cron expression or a list of them",
    ),
    "timezone": Option(default="UTC", is_valid=lambda value: isinstance(value, str), expected="as Europe/Berlin"),
}


def check_option(kind: str, option: str, value: Any) -> None:
    """Refuse an option that there is not, or a value that it cannot have.

    Raises:
        BadDeclaration: naming the kind, the option and what is expected.
    """
    rule = OPTIONS.get(option)
    if rule is None:
        near = difflib.get_close_matches(option, OPTIONS, n=1)
        meant = f" Did you mean {near[0]}=?" if near else f" Known are {', '.join(OPTIONS)}."
        raise BadDeclaration(f"Kind {kind!r}: @job has no option {option}=.{meant}")
    if not rule.is_valid(value):
        raise BadDeclaration(f"Kind {kind!r}: {option}={value!r} does not fit; expected {rule.expected}.")
