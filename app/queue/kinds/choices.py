"""The choices that a kind offers for a param: made by a function of its author while somebody fills the form in.

They are offered, not enforced: whoever starts the job from elsewhere may give another value, and the job finds out.
"""

import inspect
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Any

from app.errors import BadDeclaration, InvalidInput
from app.queue.params.params import value_text

MOST_CHOICES = 500
Choices = Callable[..., Iterable[Any]]
"""Takes other params by their names, and gives values."""
_log = logging.getLogger(__name__)


def check_choices(kind: str, choices: Mapping[str, Choices], *, params: Collection[str]) -> None:
    """Refuse functions that are for no param of a kind, or that depend on what is none.

    Raises:
        BadDeclaration: naming the kind, the param and what is wrong.
    """
    for name, function in choices.items():
        if name not in params:
            raise BadDeclaration(f"Kind {kind!r}: choices= names {name!r}, which is no parameter of it.")
        for needed in needs(function):
            if needed not in params or needed == name:
                message = f"the function for {name!r} takes {needed!r}, which is no other parameter of it."
                raise BadDeclaration(f"Kind {kind!r}, choices=: {message}")


def needs(function: Choices) -> tuple[str, ...]:
    """Return the names of the params that the choices depend on."""
    return tuple(inspect.signature(function).parameters)


def offered_choices(function: Choices, params: Mapping[str, Any]) -> list[str]:
    """Return the choices as texts, at most `MOST_CHOICES`; none while a param that they depend on is not given.

    Runs the author's code; in a worker thread.

    Args:
        function: the author's.
        params: what is filled in so far.

    Raises:
        InvalidInput: it failed; the message says how.
    """
    names = needs(function)
    given = {name: params[name] for name in names if params.get(name) not in (None, "")}
    if len(given) < len(names):
        return []
    try:
        return list(dict.fromkeys(value_text(value) for value in islice(function(**given), MOST_CHOICES)))
    except Exception as error:
        _log.warning("The choices of %s could not be made", function.__name__, exc_info=True)
        raise InvalidInput(f"The choices cannot be read: {type(error).__name__}: {error}") from error
