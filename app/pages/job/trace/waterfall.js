// The rows of a waterfall. What goes on gets longer with each second, and so does the whole in which every bar has its place.
import { duration, everySecond, now } from "jobdeck_time";

const LEAST_SECONDS = 0.001;

export default {
  template: `<ul v-html="html"></ul>`,
  props: { html: String, began: Number, seconds: Number },
  mounted() {
    this.draw();
    this.stop = everySecond(() => this.draw());
  },
  updated() {
    this.draw();
  },
  unmounted() {
    this.stop();
  },
  methods: {
    draw() {
      const going = this.$el.querySelectorAll("[data-since]"), at = now();
      const seconds = Math.max(this.seconds, going.length ? (at - this.began) / 1000 : 0, LEAST_SECONDS);
      this.$el.style.setProperty("--jd-seconds", seconds);
      going.forEach((time) => (time.textContent = duration((at - Number(time.dataset.since)) / 1000)));
    },
  },
};
