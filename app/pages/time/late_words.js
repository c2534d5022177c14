// Words that appear by themselves once an instant is too long ago: "no news for 1 min 05 s".
import { duration, everySecond, exact, now, tell } from "jobdeck_time";

export default {
  template: `<span v-if="isLate" :title="exact(at)">{{ before }}{{ ticks ? duration(seconds) : "" }}</span>`,
  props: { at: Number, after: Number, before: String, ticks: Boolean, served: Number },
  data: () => ({ second: 0 }),
  computed: {
    seconds() {
      this.second; // read, so that each tick draws anew
      return (now() - this.at) / 1000;
    },
    isLate() {
      return this.at != null && this.after != null && this.seconds >= this.after;
    },
  },
  methods: { duration, exact },
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
