#!/usr/bin/env bash
# eventsource (npm): an id that comes without data is forgotten, and an id does not last for the events after it.
#
# Guess: a block of `id: 5` alone moves the last event id (browsers do so: the id is set before the empty event is dropped), so the next connection
# sends Last-Event-ID: 5.
# Instead: the id is dropped with the block. The reconnect sends the id before it, or none; and the lastEventId of an event
# that has no id of its own is empty, though an earlier one had set it.
# Hurts: servers that mark a place in quiet times ("nothing for you up to 5"): clients in Node get everything again after each break.
# Source: WHATWG HTML, server-sent events, "dispatch the event", steps 1 and 2; eventsource-parser reports no event for such a block.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" "eventsource@4.1.1"
cat > "$folder/finding.mjs" <<'JAVASCRIPT'
import http from "node:http";
import { createRequire } from "node:module";
import { EventSource } from "eventsource";

const { version } = createRequire(import.meta.url)("eventsource/package.json");
const asked = [];
const heard = [];
const server = http.createServer((request, response) => {
  asked.push(request.headers["last-event-id"] ?? null);
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (asked.length === 1) {
    response.end("retry: 100\n\nid: 4\ndata: a\n\nid: 5\n\ndata: b\n\n");
    return;
  }
  source.close();
  response.end();
  server.close();
  console.log("eventsource", version);
  console.log('expected: events [["a","4"],["b","5"]], Last-Event-ID [null,"5"]');
  console.log("seen:     events", JSON.stringify(heard), "Last-Event-ID", JSON.stringify(asked));
  const known = '[[["a","4"],["b",""]],[null,"4"]]';
  process.exitCode = JSON.stringify([heard, asked]) === known ? 0 : 1;
});
let source;
server.listen(0, "127.0.0.1", () => {
  source = new EventSource(`http://127.0.0.1:${server.address().port}/`);
  source.addEventListener("message", (event) => heard.push([event.data, event.lastEventId]));
});
JAVASCRIPT
node "$folder/finding.mjs"
