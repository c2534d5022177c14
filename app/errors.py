"""The errors a user may meet: what happened, what to do next, and the HTTP status that says so.

An error whose message is written for a person derives from `AppError`. Anything else that is raised is a bug. What an
author's job raises (`JobError`) lives in `app.queue`, because it ends a job, not a request.

    AppError
    ├── Malformed            400   the request cannot be read
    ├── NotSignedIn          401   it is not known who asks
    ├── Forbidden            403   who asks may not, or may not from there
    ├── NotFound             404
    ├── WrongState           409   the act does not fit the job's state
    ├── TooLarge             413
    ├── UnsupportedMediaType 415
    ├── InvalidInput         422   values that do not fit; names the fields
    │   └── Unconfirmed            a dangerous kind is asked for, and nobody said that it is meant
    ├── TooMany              429   too often; says when to come again
    ├── Unavailable          503   database or Redis is away; try again
    ├── BadDeclaration             a job file says something that cannot be (raised at import)
    └── SettingsError              a setting stops the start
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One value that does not fit: `field` is its name (nested: `address.zip`), `message` says why."""

    field: str
    message: str


class AppError(Exception):
    """Something went wrong."""

    status_code: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    hint: str | None = None

    def __init__(
        self, message: str | None = None, *, hint: str | None = None, fields: Sequence[FieldError] = ()
    ) -> None:
        """`message` is one sentence for a person (default: the class's docstring); `hint` says what to do next."""
        self.message = message or (type(self).__doc__ or "").strip()
        self.hint = hint or type(self).hint
        self.fields = tuple(fields)
        super().__init__(self.message)

    def __str__(self) -> str:
        """Say all of it in one text: the message, then each value that does not fit and why."""
        return " ".join((self.message, *(f"{one.field}: {one.message}" for one in self.fields)))


class Malformed(AppError):
    """The request cannot be read."""

    status_code = 400
    title = "Malformed request"


class NotSignedIn(AppError):
    """Sign in first."""

    status_code = 401
    title = "Not signed in"


class Forbidden(AppError):
    """This request is not allowed."""

    status_code = 403
    title = "Not allowed"


class NotFound(AppError):
    """There is no such thing."""

    status_code = 404
    title = "Not found"


class WrongState(AppError):
    """The job's state does not allow this."""

    status_code = 409
    title = "Wrong state"


class TooLarge(AppError):
    """That is larger than the limit."""

    status_code = 413
    title = "Too large"


class UnsupportedMediaType(AppError):
    """The body must be JSON."""

    status_code = 415
    title = "Unsupported media type"
    hint = "Send the body with Content-Type: application/json."


class InvalidInput(AppError):
    """Some values do not fit."""

    status_code = 422
    title = "Values do not fit"


class Unconfirmed(InvalidInput):
    """It has to be confirmed.

    Attributes:
        said: what each kind says of itself, by its title.
        params: what one job would be given again, secrets as dots; empty where that is new, or many jobs are meant.
    """

    hint = 'Nothing was started. Send "confirmed": true when it is meant.'

    def __init__(self, said: Mapping[str, str], *, params: Mapping[str, Any] | None = None) -> None:
        """Make it of the kinds that want to be confirmed; `said`, `params`: the attributes."""
        self.said, self.params = dict(said), dict(params or {})
        *others, last = self.said
        listed = f"{', '.join(others)} and {last}" if others else last
        sentences = " ".join(dict.fromkeys(self.said.values()))
        fields = [FieldError(field="confirmed", message=sentences)]
        super().__init__(f"{listed} {'have' if others else 'has'} to be confirmed.", fields=fields)


class TooMany(AppError):
    """That was asked too often."""

    status_code = 429
    title = "Too many requests"

    def __init__(self, message: str, *, wait_seconds: int, hint: str | None = None) -> None:
        """`wait_seconds`: after which it may be asked again."""
        super().__init__(message, hint=hint)
        self.wait_seconds = wait_seconds


class Unavailable(AppError):
    """The database cannot be reached just now."""

    status_code = 503
    title = "Not available just now"
    hint = "Nothing is lost. Try again in a few seconds."


class BadDeclaration(AppError):
    """A job is declared in a way that cannot work."""

    title = "Bad declaration"


class SettingsError(AppError):
    """A setting does not fit."""

    title = "Bad setting"
