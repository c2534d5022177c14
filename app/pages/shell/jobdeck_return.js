// Coming back after the server was away. The same server still has this tab's page: NiceGUI goes on with it. A new one does not; NiceGUI would
// load the document anew. Here the page of the same address is put into this document instead: nothing goes white, and it is there sooner.
import { loseAll } from "jobdeck_delivery";

const LEAST_MS = 250, MOST_MS = 500; // between two tries
const HANDSHAKE_FAILED = "Implicit handshake failed"; // NOTE: nicegui.py

export function comeBack(socket) {
  socket.io.reconnectionDelay(LEAST_MS);
  socket.io.reconnectionDelayMax(MOST_MS);
  socket.io.randomizationFactor(0.2);
  socket.off("connect_error"); // NiceGUI's own reloads, also where the server is only slow
  socket.on("connect_error", (error) => {
    if (error.message === HANDSHAKE_FAILED) replacePage(socket);
    else if (error.message === "timeout") socket.io.opts.transports = ["polling", "websocket"]; // as NiceGUI: websockets may be blocked
  });
  socket.off("try_reconnect"); // the server has forgotten what this tab missed
  socket.on("try_reconnect", () => replacePage(socket));
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
    const [x, y] = [scrollX, scrollY];
    app.unmount();
    document.getElementById("app").replaceWith(document.importNode(page.getElementById("app"), true));
    await run(script.textContent);
    scrollTo(x, y);
  } catch {
    location.reload(); // it went away again: the browser's own page says so, and a reload comes back
  } finally {
    isReplacing = false;
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
