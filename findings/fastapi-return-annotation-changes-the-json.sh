#!/usr/bin/env bash
# FastAPI: adding a return annotation to a route changes what the same values look like in JSON.
#
# Guess: `-> dict[str, timedelta]` checks and documents what was returned before; the JSON is the same.
# Instead: without it jsonable_encoder writes, with it Pydantic does. A timedelta is 5400.0 or "PT1H30M", a Decimal of 1.10 is 1.1 or "1.10", an
# infinite float is a 500 or null.
# Hurts: "only added types" in a review: clients that computed with seconds get a text, and a sum of money changes its type.
# Source: ENCODERS_BY_TYPE in fastapi/encoders.py; Pydantic's ser_json_timedelta and ser_json_inf_nan.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "fastapi==0.165.0" "pydantic==2.14.4" "httpx2==2.16.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import timedelta
from decimal import Decimal
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/timedelta")
def plain_timedelta():
    return {"v": timedelta(minutes=90)}


@app.get("/timedelta/annotated")
def annotated_timedelta() -> dict[str, timedelta]:
    return {"v": timedelta(minutes=90)}


@app.get("/Decimal")
def plain_decimal():
    return {"v": Decimal("1.10")}


@app.get("/Decimal/annotated")
def annotated_decimal() -> dict[str, Decimal]:
    return {"v": Decimal("1.10")}


@app.get("/float")
def plain_float():
    return {"v": float("inf")}


@app.get("/float/annotated")
def annotated_float() -> dict[str, float]:
    return {"v": float("inf")}


client = TestClient(app, raise_server_exceptions=False)
seen = {name: [client.get(f"/{name}{end}").text for end in ("", "/annotated")] for name in ("timedelta", "Decimal", "float")}
print("fastapi", version("fastapi"), "pydantic", version("pydantic"))
print("expected: the same twice for each")
print(f"seen:     {seen}")
known = {"timedelta": ['{"v":5400.0}', '{"v":"PT1H30M"}'], "Decimal": ['{"v":1.1}', '{"v":"1.10"}'], "float": ["Internal Server Error", '{"v":null}']}
sys.exit(seen != known)
PYTHON
