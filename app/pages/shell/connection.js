// The word that says whether the page is live. The server's part comes as properties; that the browser has lost the server only the
// browser knows: NiceGUI marks it on #popup (static/nicegui.js), which base.css hides in favour of this word.
const OFFLINE_AFTER_MS = 10_000;
const WORDS = { live: "Live", reconnecting: "Reconnecting…", offline: "Offline" };
const LOST =
  "This browser cannot reach Jobdeck. It tries again every few seconds and then shows all that happened meanwhile. Running jobs go on.";

// Until NiceGUI has shaken hands, every event waits by a timer of its own (static/nicegui.js), and so they overtake each other: an Escape
// the palette that it gives up, a typed word its beginning. Where the handshake comes along with the connection the server knows the page
// before anything else is sent, so events may go to the socket at once, which keeps them in order until it is connected.
function keepOrder() {
  Object.defineProperty(window, "did_handshake", { configurable: true, get: () => Boolean(window.socket), set() {} });
}

export default {
  template: `
  <div class="jd-connection" role="status" tabindex="0" :data-state="shown" :aria-description="isLost ? lost : sentence"><span>{{ words[shown] }}</span></div>`,

  props: { state: String, sentence: String, bringsHandshake: Boolean },
  data: () => ({ isLost: false, isLong: false, words: WORDS, lost: LOST }),
  computed: {
    shown() {
      return this.isLost ? (this.isLong ? "offline" : "reconnecting") : this.state;
    },
  },

  mounted() {
    if (this.bringsHandshake) keepOrder();
    const popup = document.getElementById("popup");
    this.observer = new MutationObserver(() => this.look(popup));
    this.observer.observe(popup, { attributes: true, attributeFilter: ["aria-hidden"] });
    this.look(popup);
  },
  unmounted() {
    this.observer.disconnect();
    clearTimeout(this.timer);
  },

  methods: {
    look(popup) {
      const isLost = popup.getAttribute("aria-hidden") === "false";
      if (isLost === this.isLost) return;
      this.isLost = isLost;
      this.isLong = false;
      clearTimeout(this.timer);
      if (isLost) this.timer = setTimeout(() => (this.isLong = true), OFFLINE_AFTER_MS);
    },
  },
};
