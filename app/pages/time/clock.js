// One time on the page that stays true by itself: "2 min ago", "in 13 min", a duration that ticks, or the exact time, which else is its title.
import { duration, everySecond, exact, now, relative, tell } from "jobdeck_time";

export default {
  template: `<time :datetime="iso" :title="title">{{ text }}</time>`,
  props: { at: Number, until: Number, mode: String, served: Number },
  data: () => ({ second: 0 }),
  computed: {
    iso() {
      return this.at == null ? undefined : new Date(this.at).toISOString();
    },
    title() {
      return this.at == null ? undefined : exact(this.at);
    },
    text() {
      this.second; // read, so that each tick draws anew
      if (this.mode === "now") return exact(now());
      if (this.at == null) return "";
      if (this.mode === "duration") return duration(((this.until ?? now()) - this.at) / 1000);
      if (this.mode === "left") return duration(Math.ceil((this.at - now()) / 1000)); // what begins in 0.4 s is not there yet
      return this.mode === "exact" ? exact(this.at) : relative(this.at);
    },
  },
  created() {
    if (this.served) tell(this.served);
  },
  mounted() {
    this.stop = everySecond(() => this.second++);
  },
  unmounted() {
    this.stop();
  },
};
