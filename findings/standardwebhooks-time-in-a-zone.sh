#!/usr/bin/env bash
# standardwebhooks: the zone of the time that is signed is thrown away.
#
# Guess: sign(id, datetime.now(zone), body) signs this instant, whatever the zone is.
# Instead: the clock's face is taken as UTC. A message signed at 12:00 in Tokyo says 12:00 UTC, nine hours ahead, and verify() refuses it as too new; in New York as too old.
# Hurts: senders whose times carry a zone: every delivery is refused. Those who test in UTC, or in London in winter, see nothing.
# Source: sign() calls timestamp.replace(tzinfo=utc), where astimezone(utc) is meant.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "standardwebhooks==1.1.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime, timedelta, timezone
from importlib.metadata import version

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
body = '{"state": "succeeded"}'
now = datetime.now(UTC)
seen = {}
for name, hours in (("UTC", 0), ("Tokyo", 9), ("New York", -5)):
    at = now.astimezone(timezone(timedelta(hours=hours)))
    assert at == now
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": webhook.sign("msg_1", at, body),
    }
    try:
        webhook.verify(body, headers)
        seen[name] = "accepted"
    except WebhookVerificationError:
        seen[name] = "refused"
print("standardwebhooks", version("standardwebhooks"))
print("expected: the same instant is accepted three times")
print(f"seen:     {seen}")
sys.exit(list(seen.values()) != ["accepted", "refused", "refused"])
PYTHON
