// A log that grows: keeps the end in sight unless the reader scrolled up. Lines come by `push`, never as a property.
import { clock, exact } from "jobdeck_time";

const MOST_LINES = 2000;
const SOME_LINES = 200;
const NEAR_END_PIXELS = 24;

export default {
  template: `
  <div class="jd-log">
    <div ref="scroller" class="jd-log__lines" role="log" aria-live="off" tabindex="0" :aria-label="label" @scroll.passive="scrolled">
      <div v-if="hasEarlier" class="jd-log__note">Earlier lines are not shown here. <button type="button" class="jd-log__more" @click="$emit('line', lines[0].seq)">Show some of them</button></div>
      <template v-for="(line, place) in lines" :key="line.seq">
      <h3 v-if="begins(place)" class="jd-log__attempt">Attempt {{ line.attempt }}</h3>
      <div v-memo="[line, words, target]" class="jd-log__line" :data-level="line.level" :data-seq="line.seq" :data-target="holds(line, target) ? 'true' : null"
        ><a class="jd-log__at" :href="'?line=' + line.seq" :title="'Link to this line, ' + exact(line.at)" @click.prevent="$emit('line', line.seq)"><time>{{ clock(line.at) }}</time></a><span class="jd-log__level">{{ line.level }}</span><span class="jd-log__text"><template v-for="part in parts(line.text)"><mark v-if="part.isFound">{{ part.text }}</mark><template v-else>{{ part.text }}</template></template><span v-if="line.times > 1" class="jd-log__times" :title="line.times + ' lines like this in a row'">× {{ line.times }}</span></span></div>
      </template>
      <div v-if="hasLater" class="jd-log__note">Later lines are not shown here. <button type="button" class="jd-log__more" @click="$emit('line', lines.at(-1).end)">Show some of them</button></div>
      <div v-if="!lines.length" class="jd-log__note">{{ empty }}</div>
    </div>
    <button v-if="!isFollowing && fresh" type="button" class="jd-log__jump" @click="follow">Jump to end, {{ fresh }} new</button>
    <button v-else-if="!isFollowing" type="button" class="jd-log__jump" @click="follow">Jump to end</button>
  </div>`,

  props: { initial: Array, label: String, empty: String },
  emits: ["line"],
  data: () => ({ lines: [], last: 0, fresh: 0, isFollowing: true, hasEarlier: false, hasLater: false, target: null, words: "" }),

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
      const all = this.lines.slice();
      let newer = 0;
      for (const line of lines)
        if (line.seq > this.last) {
          this.last = line.seq;
          newer += 1;
          const before = all.at(-1);
          const goesOn = before && before.level === line.level && before.attempt === line.attempt;
          if (goesOn && before.redraws && line.redraws)
            all[all.length - 1] = Object.freeze({ ...line, seq: before.seq, times: 1, end: line.seq });
          else if (goesOn && before.text === line.text)
            all[all.length - 1] = Object.freeze({ ...before, times: before.times + 1, end: line.seq });
          else all.push(Object.freeze({ ...line, times: 1, end: line.seq }));
        }
      if (!newer) return;
      if (all.length > MOST_LINES) this.hasEarlier = true;
      // Some at a time: a line that goes at the top for each that comes below would move all of them each time.
      this.lines = all.length > MOST_LINES + SOME_LINES ? all.slice(-MOST_LINES) : all;
      if (this.isFollowing) this.$nextTick(this.toEnd);
      else this.fresh += newer;
    },

    // Whether a line, or one that is folded into it, is the one that is asked for.
    holds: (line, target) => target !== null && line.seq <= target && target <= line.end,

    // A text in parts, those marked that are searched. In either case of letters, as the database looks.
    parts(text) {
      const words = this.words.toLowerCase();
      if (!words || text.toLowerCase().length !== text.length) return [{ text, isFound: false }];
      const found = [];
      let at = 0;
      for (let next; (next = text.toLowerCase().indexOf(words, at)) >= 0; at = next + words.length)
        found.push({ text: text.slice(at, next), isFound: false }, { text: text.slice(next, next + words.length), isFound: true });
      return [...found, { text: text.slice(at), isFound: false }];
    },

    // Show other lines (another level, another attempt, a search), at their end or at the one that is asked for.
    replace(lines, target, words, hasLater) {
      const isFollowing = target === null;
      Object.assign(this, { lines: [], last: 0, fresh: 0, isFollowing, target, words, hasLater });
      this.hasEarlier = false;
      this.push(lines);
      this.fresh = 0;
      this.hasEarlier = this.hasEarlier || (lines.length > 0 && lines[0].seq > 1 && (lines.length >= MOST_LINES || !isFollowing));
      if (!isFollowing) this.$nextTick(this.toTarget);
    },

    toTarget() {
      const scroller = this.$refs.scroller, line = scroller?.querySelector("[data-target]");
      if (!line) return;
      scroller.scrollTop += line.getBoundingClientRect().top - scroller.getBoundingClientRect().top - scroller.clientHeight / 2;
      this.top = scroller.scrollTop;
    },

    follow() {
      if (this.target !== null) {
        this.$emit("line", null);
        return;
      }
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
      if (scrollHeight - scrollTop - clientHeight < NEAR_END_PIXELS && !this.hasLater) this.isFollowing = true;
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
