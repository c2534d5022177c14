// Coming back after the server was away. The same server still has this tab's page: NiceGUI goes on with it. A new one does not; NiceGUI would
// load the document anew. Here the page of the same address is put into this document instead: nothing goes white, and it is there sooner.
import { loseAll } from "jobdeck_delivery";

const TRY_MS = 1000; // between two tries of the socket
const LOOK_MS = 150; // between two looks whether anybody answers
const ANSWER_MS = 1000;
const DRAWN_WITHIN_MS = 10_000; // a page has read what it shows by then
const HANDSHAKE_FAILED = "Implicit handshake failed"; // NOTE: nicegui.py

export function comeBack(socket) {
  socket.io.reconnectionDelay(TRY_MS);
  socket.io.reconnectionDelayMax(TRY_MS);
  socket.io.randomizationFactor(0.2);
  connectWhenAnswered(socket);
  socket.off("connect_error"); // NiceGUI's own reloads, also where the server is only slow
  socket.on("connect_error", (error) => {
    if (error.message === HANDSHAKE_FAILED) replacePage(socket);
    else if (error.message === "timeout") socket.io.opts.transports = ["polling", "websocket"]; // as NiceGUI: websockets may be blocked
  });
  socket.off("try_reconnect"); // the server has forgotten what this tab missed
  socket.on("try_reconnect", () => replacePage(socket));
}

// Where nobody listens, the socket tries seldom: a browser makes a page whose sockets failed some thirty times wait up to five seconds for the
// next one (Chromium, services/network/websocket_throttler.cc). A plain request is held back by nobody. So these look often, and the socket tries
// at once when one is answered.
function connectWhenAnswered(socket) {
  let isTrying = false, isLooking = false;
  const end = () => (isTrying = false);
  for (const name of ["reconnect_error", "error"]) socket.io.on(name, end);
  for (const name of ["connect", "connect_error"]) socket.on(name, end);
  socket.io.on("reconnect_attempt", () => (isTrying = true)); // a server that only is silent has it, and answers it

  socket.on("disconnect", async (reason) => {
    if (reason === "io client disconnect" || isLooking) return;
    isLooking = true;
    while (!socket.connected && !isReplacing && socket === window.socket) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (isTrying || socket.connected || isReplacing || !(await isAnswered()) || isTrying || socket.connected) continue;
      isTrying = true;
      socket.io.opts.query.next_message_id = window.nextMessageId; // as NiceGUI before each of the socket's own tries
      socket.disconnect().connect();
    }
    isLooking = false;
  });
}

async function isAnswered() {
  const how = { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) };
  return fetch((window.path_prefix ?? "") + "/health/live", how).then((answer) => answer.ok, () => false);
}

let isReplacing = false;

async function replacePage(socket) {
  if (isReplacing) return;
  isReplacing = true;
  socket.disconnect();
  loseAll();
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const script = [...page.querySelectorAll("body script[type=module]")].pop();
    if (!answer.ok || answer.redirected || !script || !isSameBuild(page)) return location.reload();
    const [x, y] = [scrollX, scrollY], typed = typedHere();
    app.unmount();
    document.getElementById("app").replaceWith(document.importNode(page.getElementById("app"), true));
    await run(script.textContent);
    scrollTo(x, y);
    typed.forEach(typeAgain);
  } catch {
    location.reload(); // it went away again: the browser's own page says so, and a reload comes back
  } finally {
    isReplacing = false;
  }
}

// What was typed here stands in the same fields of the new page again: the one before may have gone with half a sentence. (A form in a dialog keeps
// a draft of its own.)
const FIELDS = ["input[type=text]", "input[type=search]", "textarea"].map((each) => `#app ${each}[data-testid]`).join();

function typedHere() {
  return [...document.querySelectorAll(FIELDS)]
    .filter((field) => field.value && !field.closest(".q-select"))
    .map((field) => ({ name: field.dataset.testid, value: field.value, hasFocus: field === document.activeElement }));
}
async function typeAgain({ name, value, hasFocus }) {
  for (const until = Date.now() + DRAWN_WITHIN_MS; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, LOOK_MS))) {
    const field = [...document.querySelectorAll(FIELDS)].find((each) => each.dataset.testid === name);
    if (!field) continue;
    if (!field.value) {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (hasFocus && document.activeElement === document.body) field.focus();
    return;
  }
}

// Modules and styles are loaded once in a document: those of another build need another document.
function isSameBuild(page) {
  const builds = [document, page].map(
    (each) => each.querySelector("script[type=importmap]")?.textContent + each.querySelector("link[rel=stylesheet]")?.getAttribute("href"),
  );
  return builds[0] === builds[1];
}

function run(text) {
  return new Promise((resolve) => {
    const script = Object.assign(document.createElement("script"), { type: "module", textContent: text });
    script.addEventListener("load", resolve);
    document.body.append(script);
    setTimeout(resolve, 1000); // an inline module says nothing when it has run in every browser
  });
}
