#!/usr/bin/env bash
# cron-schedule (npm): "the last Friday" and "the second Friday" are accepted and are every Friday.
#
# Guess: 5L, 5#2, 15W and a step from a number are read as croner and cron-parser do where they know them, or are an error, as L alone is.
# Instead: what follows the number is cut off: `0 0 * * 5L` and `0 0 * * 5#2` are each Friday, `0 0 15W * *` is the 15th, a Saturday or Sunday
# too, and `5/10 * * * *` is once an hour.
# Hurts: the monthly settlement runs each week, and nothing in the log says why.
# Source: the numbers of an expression are read by parseInt, which stops at the first character that is no digit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" "cron-schedule@6.0.0" "croner@11.0.1"
cat > "$folder/finding.mjs" <<'JAVASCRIPT'
import { parseCronExpression } from "cron-schedule";
import { Cron } from "croner";

process.env.TZ = "UTC";
const begin = new Date("2027-01-01T00:00:00Z");
const days = (instants) => instants.map((at) => at.toISOString().slice(5, 10)).join(" ");
const expressions = ["0 0 * * 5L", "0 0 * * 5#2", "0 0 15W 5,8 *"];
const seen = expressions.map((text) => days(parseCronExpression(text).getNextDates(4, begin)));
const expected = expressions.map((text) => days(new Cron(text, { timezone: "UTC", paused: true }).nextRuns(4, begin)));
const stepped = parseCronExpression("5/10 * * * *").getNextDates(3, begin).map((at) => at.toISOString().slice(11, 16)).join(" ");
console.log("cron-schedule 6.0.0");
console.log("expected: an error, or as croner", JSON.stringify(expected));
console.log("seen:    ", JSON.stringify(seen), "and 5/10:", stepped);
const now = ["01-08 01-15 01-22 01-29", "01-08 01-15 01-22 01-29", "05-15 08-15 05-15 08-15"];
process.exit(JSON.stringify(seen) === JSON.stringify(now) && stepped === "00:05 01:05 02:05" ? 0 : 1);
JAVASCRIPT
node "$folder/finding.mjs"
