#!/usr/bin/env bash
# standardwebhooks: letters of a secret that are not of standard base64 are left out without a word.
#
# Guess: a secret in URL-safe base64 (`-` and `_`), as secrets.token_urlsafe() makes it, is decoded as such or refused.
# Instead: `-` and `_` are dropped and the rest is decoded: the key is another and shorter one. Two different secrets are one key, and who decodes the secret as it was written computes other signatures.
# Hurts: receivers in other languages that refuse the signature, with the very same secret; and a part of the secret's strength.
# Source: base64.b64decode(secret + "==") without validate=True; Python then skips what is not of its alphabet.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "standardwebhooks==1.1.0"
"$folder/venv/bin/python" - <<'PYTHON'
import base64
import hashlib
import hmac
import sys
from datetime import UTC, datetime
from importlib.metadata import version

from standardwebhooks import Webhook

key = bytes(range(240, 256)) + bytes(range(224, 240))
secret = base64.urlsafe_b64encode(key).decode().rstrip("=")
assert "-" in secret or "_" in secret
at = datetime(2026, 1, 5, 12, tzinfo=UTC)
signed = Webhook("whsec_" + secret).sign("msg_1", at, "{}")
meant = hmac.new(key, f"msg_1.{int(at.timestamp())}.{{}}".encode(), hashlib.sha256).digest()
seen = {
    "signed with the key that was written": signed == "v1," + base64.b64encode(meant).decode(),
    "the same as without those letters": signed
    == Webhook("whsec_" + secret.replace("-", "").replace("_", "")).sign("msg_1", at, "{}"),
}
print("standardwebhooks", version("standardwebhooks"), "secret", secret)
print("expected: the first is true, or the secret is refused")
print(f"seen:     {seen}")
sys.exit(list(seen.values()) != [False, True])
PYTHON
