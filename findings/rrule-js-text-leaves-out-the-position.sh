#!/usr/bin/env bash
# rrule (npm): toText() of "the last weekday of the month" is "every month on weekdays".
#
# Guess: toText() says what the rule does, or says that it cannot (there is isFullyConvertibleToText() for that).
# Instead: BYSETPOS is left out, so a run once a month reads as some twenty, and "the last day of the month" (BYMONTHDAY=-1) is "every month on the
# last". isFullyConvertibleToText() is true for both.
# Hurts: the sentence under a schedule's form: people trust it, and it is what they confirm.
# Source: ToText in rrule/nlp (IMPLEMENTED lists the parts by frequency, BYSETPOS is not looked at).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" "rrule@2.8.1"
cat > "$folder/finding.mjs" <<'JAVASCRIPT'
import { createRequire } from "node:module";
import rrule from "rrule";

const { version } = createRequire(import.meta.url)("rrule/package.json");
const rules = ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=-1"];
const seen = rules.map((text) => {
  const rule = rrule.rrulestr(text);
  return [rule.toText(), rule.isFullyConvertibleToText()];
});
console.log("rrule", version);
console.log("expected: a sentence with the last weekday, one with the last day, or false");
console.log("seen:    ", JSON.stringify(seen));
process.exit(JSON.stringify(seen) === JSON.stringify([["every month on weekdays", true], ["every month on the last", true]]) ? 0 : 1);
JAVASCRIPT
node "$folder/finding.mjs"
