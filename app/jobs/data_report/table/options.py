"""How a file is to be read where people say so; what they leave open is found out by `dialect.py`."""

from dataclasses import dataclass, replace
from typing import Literal

Choice = Literal["auto", "yes", "no"]
Delimiter = Literal["auto", ",", ";", "tab", "|", ":", "space"]
Quote = Literal["double", "single", "none"]
Comment = Literal["auto", "none", "#", "%", "//", "--", "!"]
Decimal = Literal["auto", "point", "comma"]
Encoding = Literal["auto", "utf-8", "utf-16", "windows-1252", "iso-8859-15", "mac-roman", "shift-jis"]

Dates = Literal["auto", "day-first", "month-first", "iso"]
Values = Literal["auto", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person chose. `skip_lines`: how many lines stand above the table; None where that is to be found out."""

    table: str = ""  # the sheet, table or file in a file that holds several; empty: the first
    header: Choice = "auto"
    skip_lines: int | None = None
    delimiter: Delimiter = "auto"
    quote: Quote = "double"
    comment: Comment = "auto"
    decimal: Decimal = "auto"
    encoding: Encoding = "auto"
    dates: Dates = "auto"
    values: Values = "auto"
    missing_values: tuple[str, ...] = ()

    @property
    def say_nothing_of_text(self) -> bool:
        """Whether it is left open how a text file is written."""
        return replace(self, table="", dates="auto", values="auto") == Options()

    @property
    def delimiters(self) -> tuple[str, ...]:
        """The delimiters that may be."""
        if self.delimiter == "auto":
            return (",", ";", "\t", "|")
        return ({"tab": "\t", "space": " "}.get(self.delimiter, self.delimiter),)

    @property
    def quote_sign(self) -> str:
        """The sign around values; empty where there is none."""
        return {"double": '"', "single": "'", "none": ""}[self.quote]
