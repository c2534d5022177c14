// What a person does, brought to the server for certain. NiceGUI sends an event and forgets it: what was on its way when the connection broke is
// lost, and the server drops what comes through a connection it has given up. So each event has a number here and is kept until the server says
// that it has it (delivery.py, which takes each number once); what was not taken is sent again, in order, when the connection is back. What was
// for an element that the server has drawn anew meanwhile is pressed again at the new one. And a press is one that its control was moved under.
const MOST_AGE_MS = 60_000; // what was pressed longer ago may not be wanted any more: it is offered again instead
const BUSY_AFTER_MS = 150;
const AGAIN_AFTER_MS = 1000;
const DRAWN_WITHIN_MS = 3000; // what the server has drawn anew is here by then
const LOOK_MS = 50;
const STILL_PX = 8; // a hand that presses trembles; one that moves farther has changed its mind
const TAP_MS = 700; // the click of a finger comes after it was lifted
const LINE = ".q-menu .q-item[role=listitem]"; // Quasar gives the lines of a menu that role
const CONTROLS = `:is(button, [role=button], ${LINE}, [role=switch]:not([role=dialog] *)):not([data-view])`; // what only shows something else is no act
const FIGURE = /^[\d.,]+[kM]?\+?$/;

const waiting = []; // what the server has not taken yet, oldest first
const lost = []; // acts that never came there
const listeners = new Set();
let pressed = null; // the act whose press is being handled right now
let count = 0;

// Call back whenever the list of lost acts changes, until the returned function is called.
export function onLost(callback) {
  listeners.add(callback);
  return () => listeners.delete(callback);
}
export const lostActs = () => [...lost];
export function forgetLost() {
  lost.length = 0;
  tell();
}
const tell = () => listeners.forEach((listener) => listener());

// Number and keep every event that goes through this socket from now on.
export function deliver(socket) {
  const send = socket.emit.bind(socket);
  socket.emit = (name, ...args) => {
    if (name !== "event") return send(name, ...args);
    const said = { ...args[0], args: args[0].args?.map(withWholeCharacters) };
    const event = { message: { ...said, number: ++count, document: window.documentId }, act: pressed, at: Date.now() };
    waiting.push(event);
    if (event.act) markBusy(event.act);
    if (event.act?.name) forget(event.act); // it is done after all
    if (socket.connected) give(event);
    return socket;
  };
  const give = (event) =>
    send("event", event.message, (isTaken) => {
      if (isTaken === "gone" && event.act?.isFirst) pressNewer(event.act);
      if (isTaken !== false) return end(event);
      setTimeout(() => socket.connected && waiting.includes(event) && give(event), AGAIN_AFTER_MS); // it knows this tab in a moment
    });
  // A listener that was there first has shaken hands by now: NiceGUI's own.
  socket.on("connect", () => {
    loseOld();
    for (const event of waiting) give(event);
  });
}

// Half a character (a text that was cut inside of one) is nothing that the server can read, and it would drop the event. The browser shows it as U+FFFD;
// so it is sent. JSON writes halves as `\ud83d`, and a backslash that was typed as two.
const withWholeCharacters = (json) => json?.replace(/(\\\\)|\\ud[89a-f][0-9a-f]{2}/g, (_, backslash) => backslash ?? "\\ufffd");

// Whether the server has yet to hear of an event of this name, of this element.
export function isOnItsWay(id, name) {
  const isOf = ({ message }) => Number(message.id) === id && mounted_app.elements[id]?.events.some((each) => each.listener_id === message.listener_id && each.type === name);
  return waiting.some(isOf);
}

// The page that these events were for is gone: none of them can come to it any more.
export function loseAll() {
  for (const event of [...waiting]) lose(event);
  tell();
}
function loseOld() {
  for (const event of [...waiting]) if (event.act && Date.now() - event.at > MOST_AGE_MS) lose(event);
  tell();
}
function lose(event) {
  end(event);
  if (event.act && !lost.some((each) => each.key === event.act.key)) lost.push(kept(event.act));
}
function end(event) {
  const place = waiting.indexOf(event);
  if (place >= 0) waiting.splice(place, 1);
  if (event.act && !waiting.some((each) => each.act === event.act)) {
    event.act.isOver = true;
    event.act.control.removeAttribute("data-sending");
  }
}

const kept = ({ key, name, label, isLine }) => ({ key, name, label, isLine });
function forget(act) {
  const place = lost.findIndex((each) => each.key === act.key);
  if (place < 0) return;
  lost.splice(place, 1);
  tell();
}

// A control that was pressed and of which the server does not know yet looks like it.
function markBusy(act) {
  setTimeout(() => act.isOver || act.control.setAttribute("data-sending", ""), BUSY_AFTER_MS);
}

// Press an act again that was lost. False: it is not on this page any more, or in a menu that is shut.
export function pressAgain(act) {
  const control = find(act);
  if (!control || control.disabled || control.getAttribute("aria-disabled") === "true") return false;
  forget(act);
  control.click();
  return true;
}
// The server has drawn the control anew before the press came: what it sent is on its way. Only what has a name is surely the same. A switch
// may stand the other way by now: a press would turn it back.
async function pressNewer({ control: old, name }) {
  if (old.matches("[role=switch]")) return;
  for (const since = Date.now(); name && Date.now() - since < DRAWN_WITHIN_MS; await new Promise((go) => setTimeout(go, LOOK_MS))) {
    const control = named(name);
    if (control && control !== old) return control.click();
  }
}
const find = ({ name, label }) =>
  name ? named(name) : [...document.querySelectorAll(CONTROLS)].find((control) => labelOf(control) === label);
const named = (name) => document.querySelector(`[data-testid="${CSS.escape(name)}"]`);

function labelOf(control) {
  const words = (control.getAttribute("aria-label") || control.innerText || control.title || "").trim().split("\n");
  return words.filter((each) => !FIGURE.test(each)).pop() ?? words[0]; // a sign stands before what is said, a count behind it
}

// Links are no acts: where the page is to be is in the address, and is sent however late.
document.addEventListener(
  "click",
  (event) => {
    const control = event.target.closest?.(CONTROLS);
    const name = control?.dataset.testid, label = control && labelOf(control);
    pressed = control ? { control, name, label, key: name ?? label, isLine: control.matches(LINE), isFirst: event.detail < 2, isOver: false } : null;
    setTimeout(() => (pressed = null)); // what it leads to is emitted before
  },
  true,
);

// A press belongs to the control on which it began. The browser makes a click of it only where that is still below the pointer at the release: what
// moved meanwhile (a list grew above it, the word of an error came) or was drawn anew would lose it, or leave it to what lies there now.
const PRESSED = `${CONTROLS}, a[href], summary, input[type=checkbox], input[type=radio], [role=option], [role=tab], [role=checkbox], [role=radio], [role=switch]`;
let press = null;

function listen(name, listener) {
  document.addEventListener(name, listener, true);
}
listen("pointerdown", ({ isPrimary, button, target, clientX: x, clientY: y }) => {
  const control = isPrimary && button === 0 ? target.closest?.(PRESSED) : null;
  press = control instanceof HTMLElement ? { control, name: control.dataset.testid, href: control.getAttribute("href"), x, y, isUp: false } : null;
});
listen("pointercancel", () => (press = null));
listen("pointerup", (event) => {
  const mine = press, isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!mine || !isPlain || Math.hypot(event.clientX - mine.x, event.clientY - mine.y) > STILL_PX) return (press = null);
  mine.isUp = true;
  const isMouse = event.pointerType === "mouse"; // its click is dispatched before anything else runs
  setTimeout(() => press === mine && ((press = null), isMouse && finish(mine)), isMouse ? 0 : TAP_MS);
});
listen("click", (event) => {
  const mine = press;
  if (!mine?.isUp || !event.isTrusted || event.detail === 0) return; // of a key, or a script
  press = null;
  if (mine.control.contains(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  finish(mine);
});
function finish({ control, name, href }) {
  const newer = () => (name ? named(name) : href && document.querySelector(`#app a[href="${CSS.escape(href)}"]`));
  (control.isConnected ? control : newer())?.click();
}

// A real reload, by whomever: the acts that it interrupts are offered on the next page.
const KEPT = "jobdeck lost acts";
addEventListener("pagehide", () => {
  const acts = [...lost, ...waiting.filter((event) => event.act).map((event) => kept(event.act))];
  if (acts.length) sessionStorage.setItem(KEPT, JSON.stringify(acts));
});
try {
  lost.push(...JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
} finally {
  sessionStorage.removeItem(KEPT);
}
