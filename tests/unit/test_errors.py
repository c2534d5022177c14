"""What an error says, to people and to programs."""

from app.errors import FieldError, InvalidInput, Unavailable, UnsupportedMediaType


def test_an_error_says_what_its_class_says_unless_it_is_told_otherwise() -> None:
    plain, own = Unavailable(), Unavailable("Redis is away.", hint="Start it.")

    assert (plain.message, str(plain)) == ("The database cannot be reached just now.",) * 2
    assert plain.hint == "Nothing is lost. Try again in a few seconds."
    assert (own.message, own.hint) == ("Redis is away.", "Start it.")
    assert UnsupportedMediaType().hint == "Send the body with Content-Type: application/json."


def test_the_values_that_do_not_fit_are_said_behind_it() -> None:
    fields = [FieldError(field="size", message="Enter 1 or more."), FieldError(field="to.zip", message="Fill this in.")]

    assert str(InvalidInput(fields=fields)) == "Some values do not fit. size: Enter 1 or more. to.zip: Fill this in."
