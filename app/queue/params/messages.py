"""Pydantic's errors in words that a person understands, without the values: those may be secret."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from app.errors import FieldError

MAX_FIELD_LENGTH = 200


def field_errors(error: ValidationError) -> list[FieldError]:
    """Say Pydantic's errors as sentences that a person understands, without the values (they may be secret)."""
    found = error.errors(include_url=False, include_input=False)
    return [FieldError(field=field_name(one["loc"]), message=sentence(one)) for one in found]


def field_name(place: Iterable[object]) -> str:
    """Name the place of a value, as `address.zip`: parts of it may be what a caller made up."""
    return ".".join(map(str, place)).encode("utf-8", "replace").decode()[:MAX_FIELD_LENGTH]


def sentence(error: Mapping[str, Any]) -> str:
    """Say one error (an item of `ValidationError.errors()`) and what would be right."""
    context = error.get("ctx") or {}
    match _type_of(error):
        case "missing":
            return "Fill this in."
        case "extra_forbidden":
            return "There is no such parameter."
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return "Enter a whole number."
        case "float_parsing" | "float_type" | "finite_number":
            return "Enter a number."
        case "bool_parsing" | "bool_type":
            return "Choose true or false."
        case "string_type" | "string_unicode" | "path_type":
            return "Enter a text."
        case "greater_than_equal":
            return f"Enter {_bound(context['ge'])} or more."
        case "greater_than":
            return f"Enter more than {_bound(context['gt'])}."
        case "less_than_equal":
            return f"Enter {_bound(context['le'])} or less."
        case "less_than":
            return f"Enter less than {_bound(context['lt'])}."
        case "multiple_of":
            return f"Enter a multiple of {_bound(context['multiple_of'])}."
        case "string_too_short":
            least = context["min_length"]
            return "Fill this in." if least == 1 else f"Enter at least {least} characters."
        case "string_too_long":
            return f"Enter at most {context['max_length']} characters."
        case "string_pattern_mismatch":
            return f"Enter a text of the form {context['pattern']}."
        case "too_short":
            least = context["min_length"]
            return "Add at least one." if least == 1 else f"Add at least {least}."
        case "too_long":
            return f"Keep at most {context['max_length']}."
        case "literal_error" | "enum":
            return f"Choose one of {context['expected']}."
        case "list_type":
            return "Enter a list."
        case "model_type" | "model_attributes_type" | "dict_type":
            return "Enter an object."
        case kind if kind.startswith(("datetime_", "timezone_")):
            return "Enter a date and time, as 2026-01-31T08:30."
        case kind if kind.startswith("date_"):
            return "Enter a date, as 2026-01-31."
        case kind if kind.startswith("time_delta"):
            return "Enter a duration: seconds, or as PT1H30M."
        case "value_error" | "assertion_error":
            return str(context.get("error", error["msg"]))
        case _:
            return f"{error['msg']}."


def _type_of(error: Mapping[str, Any]) -> str:
    """Return the error's type. The length of a secret is that of a text: Pydantic, which knows only that it is a
    value of some length, counts items.
    """
    kind = str(error["type"])
    is_secret = (error.get("ctx") or {}).get("field_type") == "Value"
    return f"string_{kind}" if is_secret and kind in ("too_short", "too_long") else kind


def _bound(value: Any) -> Any:
    """Give a limit as a person writes it: that of a field of floats is a float, `0.0`, even where it is whole."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
