#!/usr/bin/env bash
# pydantic: a Literal takes 1 for True and True for 1; of both, 1.0 chooses True.
#
# Guess: the values of a Literal are those that are written there, and what comes out is one of them that was given: 1.0 is the 1.
# Instead: it is looked up by ==, where True, 1 and 1.0 are equal. Literal["auto", True] takes 1 and gives True; Literal["auto", 1] takes true and gives 1; Literal[1, True] gives True for 1.0.
# Hurts: {"retries": true} runs with one retry, {"verify": 1} is on, and a number that came through JavaScript or a spreadsheet as 1.0 becomes a yes.
# Source: LiteralLookup in pydantic-core: bools and ints by type first, then whatever is equal in a dict of Python.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pydantic==2.14.3"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from typing import Literal

import pydantic
from pydantic import TypeAdapter, ValidationError


def read(hint, value):
    try:
        return repr(TypeAdapter(hint).validate_python(value))
    except ValidationError:
        return "refused"


seen = {
    'Literal["auto", True] of 1': read(Literal["auto", True], 1),
    'Literal["auto", 1] of True': read(Literal["auto", 1], True),
    "Literal[1, True] of 1.0": read(Literal[1, True], 1.0),
}
print("pydantic", pydantic.VERSION)
print("expected: refused, refused, 1")
print(f"seen:     {seen}")
sys.exit(list(seen.values()) != ["True", "1", "True"])
PYTHON
