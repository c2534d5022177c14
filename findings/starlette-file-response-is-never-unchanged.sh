#!/usr/bin/env bash
# Starlette: FileResponse sends an ETag and never compares it, and answers a Range in another unit with 400.
#
# Guess: a response that makes an ETag and knows Range, If-Range and Last-Modified answers If-None-Match with 304; StaticFiles does for the same file.
# An unknown range unit is ignored (RFC 9110, 14.2: a server MUST ignore it), so the answer is 200.
# Instead: the whole file comes each time with 200; "Range: items=0-1" is 400 instead of the file.
# Hurts: a dashboard that serves artifacts and exports by FileResponse: browsers that ask politely each time get all of it each time.
# Source: FileResponse in starlette/responses.py; the comparison is in StaticFiles.is_not_modified only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "starlette==1.10.0" "httpx2==2.16.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

with tempfile.TemporaryDirectory() as folder:
    Path(folder, "report.csv").write_text("a,b\n")
    routes = [Route("/one", lambda request: FileResponse(Path(folder, "report.csv"))), Mount("/all", StaticFiles(directory=folder))]
    client = TestClient(Starlette(routes=routes))
    seen = {}
    for path in ("/one", "/all/report.csv"):
        etag = client.get(path).headers["etag"]
        seen[path] = client.get(path, headers={"if-none-match": etag}).status_code
    seen["items"] = client.get("/one", headers={"range": "items=0-1"}).status_code
print("starlette", version("starlette"))
print("expected: {'/one': 304, '/all/report.csv': 304, 'items': 200}")
print(f"seen:     {seen}")
sys.exit(seen != {"/one": 200, "/all/report.csv": 304, "items": 400})
PYTHON
