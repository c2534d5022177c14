// The word that says whether the page is live, and the band under the head that says what happens next when it is not. The server's part comes
// as properties; that the browser has lost the server only the browser knows: NiceGUI marks it on #popup (static/nicegui.js), which base.css hides.
import { deliver, forgetLost, lostActs, onLost, pressAgain } from "jobdeck_delivery";
import { comeBack } from "jobdeck_return";
import { keepTyped } from "jobdeck_typing";

const BAND_AFTER_MS = 1000; // what is over sooner needs no words
const GONE_AFTER_MS = 4000; // a restart takes about as long
const PROBE_MS = 2000;
const WORDS = { live: "Live", reconnecting: "Reconnecting…", offline: "Offline" };
const LOST = "Jobdeck does not answer just now. This page tries again by itself and then shows all that happened meanwhile.";
const GONE = "Jobdeck cannot be reached from this browser. This page tries again every second and then shows all that happened meanwhile.";
const HELD = "Until then nothing can be pressed here, and times stand still. Running jobs go on.";
const CONTROLS = "button, [role=button], .q-menu .q-item[role=listitem], [role=switch]:not([role=dialog] *), a[href^='/']";
const OWN = ".jd-band, .jd-connection, [aria-expanded], [data-local]"; // what works without the server

// Until NiceGUI has shaken hands, every event waits by a timer of its own (static/nicegui.js), and so they overtake each other: an Escape
// the palette that it gives up, a typed word its beginning. Where the handshake comes along with the connection the server knows the page
// before anything else is sent, so events may go to the socket at once, which keeps them in order until it is connected.
function keepOrder() {
  Object.defineProperty(window, "did_handshake", { configurable: true, get: () => Boolean(window.socket), set() {} });
}

export default {
  template: `
  <div class="jd-connection" role="status" tabindex="0" :data-state="shown" :aria-description="words"><span>{{ names[shown] }}</span>
  <Teleport v-if="isMounted" to=".jd-header">
    <div v-if="isTold" class="jd-band" data-testid="connection-band" :data-tone="shown === 'offline' ? 'error' : 'warning'" role="alert">
      <span><b>{{ names[shown] }}</b> {{ words }}</span><span v-if="isLost" class="jd-band__more">{{ held }}</span>
    </div>
    <div v-if="trouble && shown === 'live'" class="jd-band" data-testid="trouble-band" data-tone="warning" role="alert"><span>{{ trouble }}</span></div>
    <div v-for="act in acts" :key="act.key" class="jd-band" data-tone="warning" data-testid="lost-act" role="alert">
      <span><b>“{{ act.label }}” did not reach Jobdeck.</b> <template v-if="missing === act.key">{{ act.isLine ? "Open its menu and press it there." : "It is not on this page any more." }}</template
        ><template v-else>The connection was lost; nothing was done.</template></span>
      <button v-if="act.isLine || missing !== act.key" type="button" class="jd-band__act" data-testid="lost-act-again" :disabled="isLost" @click="again(act)">Try again</button>
      <button type="button" class="jd-band__act" aria-label="Dismiss" @click="forget">Dismiss</button>
    </div>
  </Teleport></div>`,

  props: { state: String, sentence: String, trouble: String, bringsHandshake: Boolean },
  data: () => ({ isLost: false, isGone: false, isLate: false, isMounted: false, acts: [], missing: null, names: WORDS, held: HELD }),
  computed: {
    shown() {
      return this.isLost ? (this.isGone ? "offline" : "reconnecting") : this.state;
    },
    words() {
      return this.isLost ? (this.isGone ? GONE : LOST) : this.sentence;
    },
    isTold() {
      return this.isLate && this.shown !== "live";
    },
  },
  watch: { shown: "wait", isLost: "wait" },

  mounted() {
    document.querySelector(".jd-outline")?.remove(); // its links would stand before the one that skips to the page
    if (this.bringsHandshake) keepOrder();
    const popup = document.getElementById("popup");
    this.observer = new MutationObserver(() => this.look(popup));
    this.observer.observe(popup, { attributes: true, attributeFilter: ["aria-hidden"] });
    this.stopLost = onLost(() => (this.acts = lostActs()));
    this.acts = lostActs();
    this.stop = (event) => this.refuse(event);
    document.addEventListener("click", this.stop, true);
    this.look(popup);
    this.wait();
    setTimeout(() => this.connect()); // the root of the page makes the socket after its children are mounted
    this.$nextTick(() => (this.isMounted = true));
  },
  unmounted() {
    this.observer.disconnect();
    this.stopLost();
    document.removeEventListener("click", this.stop, true);
    clearTimeout(this.timer);
    clearTimeout(this.probing);
    this.lostAt = null;
    this.hold(false);
  },

  methods: {
    connect() {
      if (window.socket.isDelivering) return;
      window.socket.isDelivering = true;
      deliver(window.socket);
      keepTyped(window.socket);
      comeBack(window.socket);
    },
    look(popup) {
      const isLost = popup.getAttribute("aria-hidden") === "false";
      if (isLost === this.isLost) return;
      this.isLost = isLost;
      this.isGone = false;
      clearTimeout(this.probing);
      this.hold(false);
      this.lostAt = isLost ? Date.now() : null;
      if (isLost) this.probe(this.lostAt);
    },
    // Say so only after a moment, and then hold back what cannot be done.
    wait() {
      clearTimeout(this.timer);
      if (this.shown === "live") this.isLate = false;
      else
        this.timer = setTimeout(() => {
          this.isLate = true;
          this.hold(this.isLost);
        }, this.isLate ? 0 : BAND_AFTER_MS);
    },
    // A server that does not answer may be busy; one that refuses, or a browser without a network, is known to be gone.
    async probe(since) {
      let isRefused = !navigator.onLine;
      try {
        const [root, how] = [window.path_prefix ?? "", { cache: "no-store", signal: AbortSignal.timeout(PROBE_MS) }];
        await fetch(root + "/health/live", how);
        if ((await fetch(root + "/api/v1/me", how)).status === 401) return location.reload(); // signed out: it leads to the sign-in
      } catch (error) {
        isRefused ||= error.name !== "TimeoutError" && error.name !== "AbortError";
      }
      if (since !== this.lostAt) return;
      this.isGone = isRefused && Date.now() - since >= GONE_AFTER_MS;
      this.probing = setTimeout(() => this.probe(since), PROBE_MS / 2);
    },

    hold(isHeld) {
      document.documentElement.toggleAttribute("data-held", isHeld);
      const off = "data-held-control";
      if (!isHeld)
        for (const each of document.querySelectorAll(`[${off}]`)) {
          each.removeAttribute(off);
          each.removeAttribute("aria-disabled");
        }
      else
        for (const each of document.querySelectorAll(CONTROLS))
          if (!each.closest(OWN) && !each.hasAttribute("aria-disabled")) {
            each.setAttribute(off, "");
            each.setAttribute("aria-disabled", "true");
          }
    },
    refuse(event) {
      if (!document.documentElement.hasAttribute("data-held")) return;
      const control = event.target.closest?.(CONTROLS);
      if (!control || control.closest(OWN)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },

    again(act) {
      this.missing = pressAgain(act) ? null : act.key;
    },
    forget() {
      forgetLost();
    },
  },
};
