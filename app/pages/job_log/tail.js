// A log that grows: keeps the end in sight unless the reader scrolled up. Lines come by `push`, never as a property.
import { clock, exact } from "jobdeck_time";

const MOST_LINES = 2000;
const NEAR_END_PIXELS = 24;

export default {
  template: `
  <div class="jd-log">
    <div ref="scroller" class="jd-log__lines" role="log" aria-live="off" tabindex="0" :aria-label="label" @scroll.passive="scrolled">
      <div v-if="dropped" class="jd-log__note">Earlier lines are not shown here. Download the log to read all of it.</div>
      <template v-for="(line, place) in lines" :key="line.seq">
      <h3 v-if="begins(place)" class="jd-log__attempt">Attempt {{ line.attempt }}</h3>
      <div v-memo="[line]" class="jd-log__line" :data-level="line.level"
        ><time :title="exact(line.at)">{{ clock(line.at) }}</time><span class="jd-log__level">{{ line.level }}</span><span class="jd-log__text">{{ line.text }}</span></div>
      </template>
      <div v-if="!lines.length" class="jd-log__note">{{ empty }}</div>
    </div>
    <button v-if="!isFollowing && fresh" type="button" class="jd-log__jump" @click="follow">Jump to end, {{ fresh }} new</button>
    <button v-else-if="!isFollowing" type="button" class="jd-log__jump" @click="follow">Jump to end</button>
  </div>`,

  props: { initial: Array, label: String, empty: String },
  data: () => ({ lines: [], last: 0, fresh: 0, isFollowing: true, dropped: false }),

  created() {
    this.push(this.initial || []);
  },

  methods: {
    clock, exact,

    // A heading stands above the first line of each attempt; where all is of the first one, there is nothing to tell apart.
    begins(place) {
      const { attempt } = this.lines[place];
      return place ? this.lines[place - 1].attempt !== attempt : attempt > 1 || this.lines.at(-1).attempt > 1;
    },

    push(lines) {
      const newer = [];
      for (const line of lines)
        if (line.seq > this.last) {
          this.last = line.seq;
          newer.push(Object.freeze(line));
        }
      if (!newer.length) return;
      const all = this.lines.concat(newer);
      if (all.length > MOST_LINES) this.dropped = true;
      this.lines = all.slice(-MOST_LINES);
      if (this.isFollowing) this.$nextTick(this.toEnd);
      else this.fresh += newer.length;
    },

    // Show other lines (another level, another attempt, a search).
    replace(lines) {
      Object.assign(this, { lines: [], last: 0, fresh: 0, isFollowing: true, dropped: false });
      this.push(lines);
    },

    follow() {
      this.isFollowing = true;
      this.fresh = 0;
      this.toEnd();
    },
    toEnd() {
      const scroller = this.$refs.scroller;
      if (scroller) scroller.scrollTop = scroller.scrollHeight;
    },
    scrolled() {
      const { scrollHeight, scrollTop, clientHeight } = this.$refs.scroller;
      // Lines that were added below since the last look are no scrolling: only the way up ends following.
      if (scrollHeight - scrollTop - clientHeight < NEAR_END_PIXELS) this.isFollowing = true;
      else if (scrollTop < this.top) this.isFollowing = false;
      this.top = scrollTop;
      if (this.isFollowing) this.fresh = 0;
    },
  },

  mounted() {
    this.top = 0;
    this.toEnd();
  },
};
