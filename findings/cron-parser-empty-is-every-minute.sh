#!/usr/bin/env bash
# cron-parser (npm): an empty expression is every minute, and one field alone is a weekday.
#
# Guess: an empty text (a setting that was not filled in) and a text with one field are refused, as "a b c" is; or else "5" is a minute.
# Instead: missing fields are filled up with stars on the left. "" parses as "* * * * *", "5" as every minute of each Friday, "1 5" as every minute of
# the Fridays of January. Only a blank of spaces is refused.
# Hurts: services (BullMQ's job schedulers among them) that take a schedule from an environment variable or a form: unset means once a minute.
# Source: CronExpressionParser in cron-parser 5 (defaults for absent fields); the strict option refuses it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" "cron-parser@5.10.6"
cat > "$folder/finding.mjs" <<'JAVASCRIPT'
import { createRequire } from "node:module";
import { CronExpressionParser } from "cron-parser";

const { version } = createRequire(import.meta.url)("cron-parser/package.json");
const begin = { currentDate: "2026-01-01T00:00:10Z", tz: "UTC" };
const runs = (text) => {
  try {
    return CronExpressionParser.parse(text, begin).take(2).map((at) => at.toISOString().slice(0, 16));
  } catch {
    return "refused";
  }
};
const seen = Object.fromEntries(["", "   ", "5"].map((text) => [text, runs(text)]));
const known = { "": ["2026-01-01T00:01", "2026-01-01T00:02"], "   ": "refused", 5: ["2026-01-02T00:00", "2026-01-02T00:01"] };
console.log("cron-parser", version);
console.log("expected: refused three times");
console.log("seen:    ", JSON.stringify(seen));
process.exit(JSON.stringify(Object.entries(seen).sort()) === JSON.stringify(Object.entries(known).sort()) ? 0 : 1);
JAVASCRIPT
node "$folder/finding.mjs"
