// Where a person is in a list, kept in the browser's entry of it: how far it is scrolled and which rows are selected.
// Back, Forward and a reload find the entry again; what is written to it goes nowhere else.
const PAUSE_MILLISECONDS = 120; // after the last scrolling; browsers refuse to write an entry hundreds of times
const PATIENCE_FRAMES = 30; // until the rows have their height

export default {
  template: `<span hidden></span>`,
  mounted() {
    this.path = location.pathname;
    this.isSettled = false; // until the rows are there, the place on the page says nothing
    this.later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(this.now, PAUSE_MILLISECONDS);
    };
    this.now = () => {
      clearTimeout(this.timer);
      if (this.isSettled) this.write({ scroll: Math.round(scrollY) });
    };
    this.unsettle = () => {
      this.isSettled = false;
    };
    addEventListener("scroll", this.later, { passive: true });
    addEventListener("pointerdown", this.now, true);
    addEventListener("keydown", this.now, true);
    addEventListener("popstate", this.unsettle);
    const picked = history.state?.picked ?? [];
    if (picked.length) this.$emit("found", picked);
  },
  unmounted() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    removeEventListener("scroll", this.later);
    removeEventListener("pointerdown", this.now, true);
    removeEventListener("keydown", this.now, true);
    removeEventListener("popstate", this.unsettle);
  },
  methods: {
    write(part) {
      const state = history.state ?? {};
      const isNews = Object.entries(part).some(([name, value]) => `${state[name] ?? ""}` !== `${value}`);
      if (isNews && location.pathname === this.path) history.replaceState({ ...state, ...part }, "");
    },
    keep(picked) {
      this.write({ picked });
    },
    settle() {
      const top = history.state?.scroll ?? null;
      let frames = 0;
      const go = () => {
        const isHighEnough = document.documentElement.scrollHeight >= top + innerHeight;
        if (top !== null && (isHighEnough || frames === PATIENCE_FRAMES)) scrollTo({ top, behavior: "instant" });
        else if (top !== null && frames++ < PATIENCE_FRAMES) return (this.frame = requestAnimationFrame(go));
        this.isSettled = true;
      };
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(go);
    },
  },
};
