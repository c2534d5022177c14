#!/usr/bin/env bash
# @microsoft/signalr (npm): a server that breaks each connection after the handshake is asked again without any pause.
#
# Guess: withAutomaticReconnect() waits 0, 2, 10 and 30 seconds and then gives up, so a server in trouble is left alone for longer and longer.
# Instead: a connection counts as won once the handshake is answered, and the list begins at its 0 again. If the server (a hub that throws on connect, a
# proxy that cuts idle or large connections) breaks it right after that, the client comes back at once, for ever.
# Hurts: one broken release of a hub, and every open dashboard asks again and again, with a negotiate and a websocket each time.
# Source: HubConnection._reconnect in @microsoft/signalr (previousReconnectAttempts starts at 0 for each loss); DefaultReconnectPolicy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" "@microsoft/signalr@10.0.11" "ws@8.23.0"
cat > "$folder/finding.mjs" <<'JAVASCRIPT'
import http from "node:http";
import { createRequire } from "node:module";
import * as signalr from "@microsoft/signalr";
import { WebSocketServer } from "ws";

const { version } = createRequire(import.meta.url)("@microsoft/signalr/package.json");
let negotiations = 0;
const server = http.createServer((request, response) => {
  negotiations += 1;
  const transports = [{ transport: "WebSockets", transferFormats: ["Text"] }];
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ negotiateVersion: 1, connectionId: "a", connectionToken: "b", availableTransports: transports }));
});
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => {
  socket.once("message", () => {
    socket.send("{}\u001e"); // the handshake is answered
    setTimeout(() => socket.close(), 20);
  });
});
server.listen(0, "127.0.0.1", async () => {
  const connection = new signalr.HubConnectionBuilder()
    .withUrl(`http://127.0.0.1:${server.address().port}/hub`)
    .withAutomaticReconnect()
    .configureLogging(signalr.LogLevel.None)
    .build();
  await connection.start();
  await new Promise((resolve) => setTimeout(resolve, 8000));
  const seen = negotiations;
  await connection.stop();
  sockets.close();
  server.closeAllConnections();
  server.close();
  console.log("@microsoft/signalr", version);
  console.log("expected: 3 connections in 8 seconds (at once, after 0 s, after 2 s)");
  console.log("seen:     more than five:", seen > 5, `(${seen})`);
  process.exitCode = seen > 5 ? 0 : 1;
});
JAVASCRIPT
node "$folder/finding.mjs"
