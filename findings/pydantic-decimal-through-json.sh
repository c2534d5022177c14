#!/usr/bin/env bash
# Pydantic: a number of JSON goes through a float on its way into a Decimal field.
#
# Guess: `Decimal` is chosen to keep digits: validate_json of 0.12345678901234567890123 holds all of them (as json.loads with parse_float=Decimal).
# Instead: the parser makes a float first; the Decimal has its 17 digits. The same digits as JSON text, or as str in Python, are kept.
# A sum of money of 16 digits changes by a cent without an error, and `decimal_places=2` is judged on what is left.
# Hurts: amounts, exact measures and ids of other systems that are sent as JSON numbers; the schema says that numbers are welcome.
# Source: pydantic-core validates Decimal from the JSON parser's float; the JSON schema of Decimal is "number or string".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pydantic==2.14.4"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
from decimal import Decimal

import pydantic

adapter = pydantic.TypeAdapter(Decimal)
seen = {}
for digits in ("0.12345678901234567890123", "12345678901234567.89"):
    assert json.loads(digits, parse_float=Decimal) == adapter.validate_json(f'"{digits}"') == Decimal(digits)
    seen[digits] = str(adapter.validate_json(digits))
print("pydantic", pydantic.VERSION)
print("expected: the digits that were sent")
print(f"seen:     {seen}")
sys.exit(any(Decimal(one) == Decimal(digits) for digits, one in seen.items()))
PYTHON
