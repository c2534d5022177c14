#!/usr/bin/env bash
# rrule (npm): an excluded date in UTC does not exclude the occurrence of that instant in a series with a zone.
#
# Guess: EXDATE:20270115T140000Z leaves out the run at 09:00 New York, which is that instant (RFC 5545 allows UTC beside a zone).
# Instead: the clock times are compared, 14:00 with 9:00, so nothing is left out; and an EXDATE of 09:00 UTC, five hours before the run, does leave it out.
# Hurts: exceptions stored in UTC, as databases and APIs do: the run on the holiday happens, another one is missing.
# Source: RRuleSet keeps all dates as "UTC as if local"; see the README's section on time zones.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" "rrule@2.8.1"
cat > "$folder/finding.mjs" <<'JAVASCRIPT'
import { createRequire } from "node:module";
import rrule from "rrule";

const { version } = createRequire(import.meta.url)("rrule/package.json");
const days = (excluded) =>
  rrule
    .rrulestr(`DTSTART;TZID=America/New_York:20270114T090000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:${excluded}`, { forceset: true })
    .all()
    .map((at) => at.getUTCDate());
const seen = { sameInstant: days("20270115T140000Z"), fiveHoursBefore: days("20270115T090000Z") };
console.log("rrule", version);
console.log("expected:", JSON.stringify({ sameInstant: [14, 16], fiveHoursBefore: [14, 15, 16] }));
console.log("seen:    ", JSON.stringify(seen));
process.exit(JSON.stringify(seen) === JSON.stringify({ sameInstant: [14, 15, 16], fiveHoursBefore: [14, 16] }) ? 0 : 1);
JAVASCRIPT
node "$folder/finding.mjs"
