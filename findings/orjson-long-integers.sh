#!/usr/bin/env bash
# orjson: an integer of more than 64 bits is read as a float, without a word, and cannot be written at all.
#
# Guess: an integer in JSON is an int in Python, as json, msgspec and pydantic have it, or an error; what dumps() refuses, loads() refuses.
# Instead: 18446744073709551616 is the float 1.8446744073709552e+19, so its last digits are lost; one less is an int. dumps() of the same int raises.
# Hurts: ids of 128 bits, amounts in the smallest unit of a currency, hashes as numbers: two different ids become equal, and are written back in another form.
# Source: orjson's README names the limit of 64 bits where it speaks of dumps().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "orjson==3.13.0" "msgspec==0.23.0"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
from importlib.metadata import version

import msgspec
import orjson

one, other = str(2**64 + 1), str(2**64 + 2)
seen = {
    name: (type(read(one)).__name__, read(one) == read(other))
    for name, read in (("json", json.loads), ("msgspec", msgspec.json.decode), ("orjson", orjson.loads))
}
try:
    orjson.dumps(2**64 + 1)
    refused = False
except TypeError:
    refused = True
print("orjson", version("orjson"))
print("expected: an int each time, and two numbers that are not equal")
print(f"seen:     {', '.join(f'{name}: {kind}, equal: {equal}' for name, (kind, equal) in seen.items())}; dumps refused: {refused}")
sys.exit(seen != {"json": ("int", False), "msgspec": ("int", False), "orjson": ("float", True)} or not refused)
PYTHON
