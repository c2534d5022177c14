// How long something takes yet, as long as the estimate is worth anything: "1 min 05 s left", "almost done". None is shown where it was wrong by more
// than some seconds, nor while nothing is heard of what is waited for. NOTE: running_jobs.js says the same on its cards.
import { duration, everySecond, exact, now, tell } from "jobdeck_time";

const OVERDUE_SECONDS = 10;

export default {
  template: `<span v-if="text" :title="exact(at)">{{ text }}</span>`,
  props: { at: Number, heard: Number, after: Number, served: Number },
  data: () => ({ second: 0 }),
  computed: {
    text() {
      this.second; // read, so that each tick draws anew
      if (this.at == null) return "";
      if (this.heard != null && this.after != null && (now() - this.heard) / 1000 >= this.after) return "";
      const seconds = (this.at - now()) / 1000;
      if (seconds < -OVERDUE_SECONDS) return "";
      return seconds < 1 ? "almost done" : `${duration(seconds)} left`;
    },
  },
  methods: { exact },
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
