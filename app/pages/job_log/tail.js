// A log that grows: keeps the end in sight unless the reader scrolled up. Lines come by `push`, never as a property.
import { clock, exact } from "jobdeck_time";

const MOST_LINES = 2000;
const FOLLOWED_LINES = 300; // who follows the end sees the last of them: what is above costs time with each line that comes, and comes as one scrolls
const SOME_LINES = 100;
const SHARE = 4; // so many times as long as a draw took there is none after it: a log that runs leaves the browser to the person
const LONGEST_PAUSE_MS = 1500;
const UNSEEN_PAUSE_MS = 1000;
const NEAR_END_PIXELS = 24;
const STILL_FRAMES = 3; // what comes into sight is laid out in the frame after the one in which it does
const NEAR_MORE_PIXELS = 800; // so far from the first or last line that is here others are asked for

// A line that comes draws no other one anew: of 2,000 it would hold up the page for seconds. The memo has to stand where `v-for` does
// (https://vuejs.org/api/built-in-directives#v-memo).
export default {
  template: `
  <div class="jd-log">
    <div ref="scroller" class="jd-log__lines" role="log" aria-live="off" tabindex="0" :aria-label="label" @scroll.passive="scrolled">
      <div v-if="hasEarlier" class="jd-log__note">Earlier lines come as you scroll. <button type="button" class="jd-log__more" @click="more('before')">Show some of them</button></div>
      <template v-for="(line, place) in lines" :key="line.seq" v-memo="[line, words, target, begins(place)]">
      <h3 v-if="begins(place)" class="jd-log__attempt">Attempt {{ line.attempt }}</h3>
      <div class="jd-log__line" :data-level="line.level" :data-seq="line.seq" :data-target="holds(line, target) ? 'true' : null"
        ><a class="jd-log__at" :href="'?line=' + line.seq" :title="'Link to this line, ' + exact(line.at)" @click.prevent="$emit('line', line.seq)"><time>{{ clock(line.at) }}</time></a><span class="jd-log__level">{{ line.level }}</span><span class="jd-log__text"><template v-for="part in parts(line.text)"><mark v-if="part.isFound">{{ part.text }}</mark><template v-else>{{ part.text }}</template></template><span v-if="line.times > 1" class="jd-log__times" :title="line.times + ' lines like this in a row'">× {{ line.times }}</span></span></div>
      </template>
      <div v-if="hasLater" class="jd-log__note">Later lines come as you scroll. <button type="button" class="jd-log__more" @click="more('behind')">Show some of them</button></div>
      <div v-if="!lines.length" class="jd-log__note">{{ empty }}</div>
    </div>
    <button v-if="!isFollowing && fresh" type="button" class="jd-log__jump" @click="follow">Jump to end, {{ fresh }} new</button>
    <button v-else-if="!isFollowing" type="button" class="jd-log__jump" @click="follow">Jump to end</button>
  </div>`,

  props: { initial: Array, label: String, empty: String },
  emits: ["line", "more"],
  data: () => ({ lines: [], last: 0, fresh: 0, isFollowing: true, hasEarlier: false, hasLater: false, asked: "", target: null, words: "" }),

  created() {
    Object.assign(this, { come: [], timer: 0, drawnAt: 0, cost: 0, isUnseen: false }); // nothing of it is drawn
    this.append(this.initial || []);
  },

  methods: {
    clock, exact,

    // A heading stands above the first line of each attempt; where all is of the first one, there is nothing to tell apart.
    begins(place) {
      const { attempt } = this.lines[place];
      return place ? this.lines[place - 1].attempt !== attempt : attempt > 1 || this.lines.at(-1).attempt > 1;
    },

    push(lines) {
      this.come.push(...lines);
      if (this.come.length && !this.timer) this.timer = setTimeout(this.draw, Math.max(0, this.drawnAt + this.pause() - performance.now()));
    },
    pause() {
      const pause = Math.min(SHARE * this.cost, LONGEST_PAUSE_MS);
      return this.isUnseen ? Math.max(pause, UNSEEN_PAUSE_MS) : pause;
    },
    draw() {
      const began = performance.now();
      this.timer = 0;
      this.append(this.come.splice(0));
      this.drawnAt = performance.now();
      requestAnimationFrame(() => setTimeout(() => {
        this.drawnAt = performance.now(); // laid out and painted
        this.cost = this.drawnAt - began;
      }));
    },

    append(lines) {
      if (this.hasLater) return; // others come before them, and are asked for when somebody scrolls there
      const before = this.last;
      const all = this.joined(this.lines, lines);
      if (this.last === before) return;
      const most = this.isFollowing ? FOLLOWED_LINES : MOST_LINES;
      // Some at a time: a line that goes at the top for each that comes below would move all of them each time.
      const isCut = all.length > most + SOME_LINES;
      if (isCut) this.hasEarlier = true;
      this.lines = isCut ? all.slice(-most) : all;
      if (this.isFollowing) this.$nextTick(this.toEnd);
      else this.fresh += lines.filter((line) => line.seq > before).length;
    },

    // Lines with newer ones behind them; repeats, and bars that are drawn anew, are folded into one.
    joined(lines, newer) {
      const all = lines.slice();
      for (const line of newer)
        if (line.seq > this.last) {
          this.last = line.seq;
          const before = all.at(-1);
          const goesOn = before && before.level === line.level && before.attempt === line.attempt;
          if (goesOn && before.redraws && line.redraws)
            all[all.length - 1] = Object.freeze({ ...line, seq: before.seq, times: 1, end: line.seq });
          else if (goesOn && before.text === line.text)
            all[all.length - 1] = Object.freeze({ ...before, times: before.times + 1, end: line.seq });
          else all.push(Object.freeze({ ...line, times: 1, end: line.seq }));
        }
      return all;
    },

    // Ask for the lines before those that are here, or behind them.
    more(where) {
      if (this.asked || !this.lines.length) return;
      this.asked = where;
      this.$emit("more", where === "before" ? [this.lines[0].seq, null] : [null, this.lines.at(-1).end]);
    },

    before(lines, hasMore) {
      this.asked = "";
      this.hasEarlier = hasMore;
      const [first] = this.lines;
      if (!first || !lines.length) return;
      this.last = 0;
      const all = [...this.joined([], lines.filter((line) => line.seq < first.seq)), ...this.lines];
      this.stay(first.seq, all.slice(0, MOST_LINES));
      if (all.length > MOST_LINES) this.hasLater = true;
      this.last = this.lines.at(-1).end;
    },

    behind(lines, hasMore) {
      this.asked = "";
      this.hasLater = hasMore;
      if (!this.lines.length || !lines.length) return;
      const all = this.joined(this.lines, lines);
      if (all.length > MOST_LINES) this.hasEarlier = true;
      this.stay(this.lines.at(-1).seq, all.slice(-MOST_LINES));
      this.fresh = 0;
    },

    // Show other lines, with one that is among both where it was on the screen.
    stay(seq, lines) {
      const top = this.topOf(seq);
      this.lines = lines;
      this.$nextTick(() => this.settle(() => this.topOf(seq) - top, 0));
    },
    topOf(seq) {
      return this.$refs.scroller.querySelector(`[data-seq="${seq}"]`)?.getBoundingClientRect().top ?? 0;
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
    replace(lines, target, words, hasEarlier, hasLater) {
      const isFollowing = target === null;
      Object.assign(this, { lines: [], last: 0, fresh: 0, isFollowing, target, words, hasEarlier, hasLater: false, asked: "" });
      this.come = [];
      this.append(lines);
      Object.assign(this, { fresh: 0, hasLater });
      if (!isFollowing) this.$nextTick(this.toTarget);
    },

    toTarget() {
      this.settle((scroller) => {
        const line = scroller.querySelector("[data-target]");
        return line ? line.getBoundingClientRect().top - scroller.getBoundingClientRect().top - scroller.clientHeight / 2 : 0;
      });
    },

    // Scroll by what `away` says, and again as long as lines that come into sight turn out to be higher than they were taken for.
    settle(away, frames = 20, still = 0) {
      const scroller = this.$refs.scroller, before = scroller?.scrollTop;
      if (!scroller) return;
      scroller.scrollTop += away(scroller);
      this.top = scroller.scrollTop;
      still = Math.abs(this.top - before) > 1 ? 0 : still + 1;
      if (frames && still < STILL_FRAMES) requestAnimationFrame(() => this.settle(away, frames - 1, still));
    },

    follow() {
      if (this.target !== null || this.hasLater) {
        this.$emit("line", null);
        return;
      }
      this.isFollowing = true;
      this.fresh = 0;
      this.toEnd();
    },
    toEnd() {
      this.settle((scroller) => (this.isFollowing ? scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop : 0));
    },
    scrolled() {
      const { scrollHeight, scrollTop, clientHeight } = this.$refs.scroller;
      // Lines that were added below since the last look are no scrolling: only the way up ends following.
      if (scrollHeight - scrollTop - clientHeight < NEAR_END_PIXELS && !this.hasLater) this.isFollowing = true;
      else if (scrollTop < this.top) this.isFollowing = false;
      this.top = scrollTop;
      if (this.isFollowing) this.fresh = 0;
      if (this.hasEarlier && scrollTop < NEAR_MORE_PIXELS && !this.isFollowing) this.more("before");
      else if (this.hasLater && scrollHeight - scrollTop - clientHeight < NEAR_MORE_PIXELS) this.more("behind");
    },
  },

  mounted() {
    this.top = 0;
    this.toEnd();
    this.observer = new IntersectionObserver(([{ isIntersecting }]) => {
      this.isUnseen = !isIntersecting;
      if (isIntersecting && this.timer) {
        clearTimeout(this.timer);
        this.draw();
      }
    });
    this.observer.observe(this.$refs.scroller);
  },
  unmounted() {
    clearTimeout(this.timer);
    this.observer.disconnect();
  },
};
