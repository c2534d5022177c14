// The running jobs, and a line of those that wait, which unfolds: one component, one message per tick. Nothing here touches NiceGUI's element tree.
// A finished job is in the history too, and there its state is found by its test id: here only its words stay, for a moment.
// NOTE: the messages are those of app/pages/live/bridge.py; the looks (label, icon, tone of each state) come from state_badge.py.
import { clock, duration, everySecond, exact, now, relative, tell } from "jobdeck_time";

const LINGER_MS = 2000; // a finished job stays that long in its place
const FADE_MS = 250; // NOTE: as long as the transition of .jd-job--fading
const UNFOLDED = "jobdeck-waiting"; // in the session of the tab: after Back the line is as it was
const MOST_CARDS = 24; // where many jobs end at once, the first of them go sooner
const OVERDUE_SECONDS = 10; // an estimate that was wrong by more is none
const FORCE_AFTER_SECONDS = 1; // most jobs stop at once when they are asked to, and need no button meanwhile
const TAIL_LINES = 5;
const ONE_COLUMN = window.matchMedia("(max-width: 680px)"); // as in running_jobs.css
const FINISHED = new Set(["succeeded", "failed", "cancelled"]);
const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1, notation: "compact" });
const figure = (value) => (Math.abs(value) < 1e6 ? number : short).format(value);

export default {
  template: `
  <div class="jd-jobs" @pointerenter="hold" @pointerleave="release">
    <div v-if="!running.length" class="jd-empty">
      <p><b>Nothing is running.</b> Start a job and it shows up here while it works.</p>
    </div>
    <template v-for="group in groups" :key="group.name">
    <button v-if="group.isWaiting && waits" type="button" class="jd-jobs__waiting" data-testid="waiting" :aria-expanded="isUnfolded" @click="unfold">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 3.5 10.5 8 6 12.5" /></svg>
      <span v-if="counts.queued">{{ figure(counts.queued) }} queued</span><span v-if="counts.retrying" class="jd-jobs__retrying">{{ figure(counts.retrying) }} retrying</span>
    </button>
    <div v-if="group.jobs.length" v-show="!group.isWaiting || isUnfolded" class="jd-jobs__list" role="list" :aria-label="group.label">
      <div v-for="job in group.jobs" :key="job.id" role="listitem" class="jd-job" :data-testid="'job-card-' + job.id" :data-state="job.state"
          :class="{ 'jd-job--open': open[job.id], 'jd-job--stalled': silence(job), 'jd-job--stopping': isStopping(job), 'jd-job--fading': job.fades }">
        <div class="jd-job__head">
          <button type="button" class="jd-job__button jd-job__chevron" :aria-expanded="!!open[job.id]" :aria-label="'Log of ' + job.title + ' #' + job.id"
              @click="open[job.id] = !open[job.id]">
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 3.5 10.5 8 6 12.5" /></svg>
          </button>
          <div class="jd-job__name">
            <a :href="root + '/jobs/' + job.id">{{ job.title }}</a>
            <span class="jd-id">#{{ job.id }}</span>
            <span class="jd-tag">{{ job.queue }}</span>
          </div>
          <span v-if="job.state !== 'running' || isStopping(job)" class="jd-badge" :data-testid="isFinished(job) ? undefined : 'state-' + job.id"
              :data-tone="isStopping(job) ? 'warning' : looks[job.state].tone" :data-icon="isStopping(job) ? 'stop_circle' : looks[job.state].icon"
              >{{ isStopping(job) ? "Stopping…" : looks[job.state].label }}</span>
          <span v-else class="jd-job__left" :data-testid="'state-' + job.id" data-tone="running"><span class="jd-hidden">Running. </span
            ><template v-if="left(job) === null || silence(job)">no estimate</template><template v-else-if="left(job) < 1">almost done</template
            ><template v-else><b>{{ duration(left(job)) }}</b> left</template></span>
          <button v-if="!isFinished(job)" type="button" class="jd-job__button jd-job__cancel" :data-testid="'cancel-' + job.id" :disabled="isStopping(job) || asked[job.id] || !!refusal"
              :aria-label="'Cancel ' + job.title + ' #' + job.id" :title="refusal || (isStopping(job) ? 'It was asked to stop' : 'Cancel')" @click="cancel(job)">
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8M12 4l-8 8" /></svg>
          </button>
          <span v-else class="jd-job__button" aria-hidden="true"></span>
        </div>
        <div v-if="hasBar(job)" class="jd-bar" role="progressbar" :data-testid="'progress-' + job.id" aria-valuemin="0" aria-valuemax="100"
            :aria-valuenow="job.ratio === null ? undefined : percent(job)" :aria-valuetext="said(job)" :aria-label="'Progress of ' + job.title + ' #' + job.id"
            :class="{ 'jd-bar--unknown': job.ratio === null }">
          <i :style="job.ratio === null ? {} : { transform: 'scaleX(' + job.ratio + ')' }"></i>
        </div>
        <div class="jd-job__facts">
          <span class="jd-job__step" :title="step(job)"><bdi v-if="step(job)" class="jd-job__words">{{ step(job) }}</bdi><span v-if="counted(job)" class="jd-job__counted">{{ counted(job) }}</span></span>
          <span v-if="isStopping(job)" class="jd-job__stop">{{ stopping(job) }}</span>
          <button v-if="canForce(job)" type="button" class="jd-job__force" :disabled="!!refusal" :title="refusal" :data-testid="'force-' + job.id"
              :aria-label="'Force ' + job.title + ' #' + job.id + ' to stop'" @click="$emit('force', job.id)">Force stop</button>
          <span v-if="silence(job)" class="jd-job__silence">no news for {{ duration(silence(job)) }}</span>
          <span v-else-if="job.state === 'running' && job.rate" class="jd-job__rate">{{ figure(job.rate) }}/s</span>
          <span v-if="isLong(job)" class="jd-job__silence">longer than usual ({{ duration(job.usual) }})</span>
          <span class="jd-job__elapsed" :title="since(job) ? exact(since(job)) : undefined">{{ elapsed(job) }}</span>
          <span v-if="hasBar(job) && job.ratio !== null" class="jd-job__percent">{{ percent(job) }}%</span>
        </div>
        <div v-if="open[job.id]" class="jd-job__tail" role="log" aria-live="off" :aria-label="'Last log lines of ' + job.title + ' #' + job.id">
          <div class="jd-job__lines">
            <div v-for="line in job.log" :key="line.seq" :data-level="line.level"><time :title="exact(line.at)">{{ clock(line.at) }}</time>{{ line.text }}</div>
            <div v-if="!job.log.length" class="jd-job__nothing">Nothing in the log{{ isFinished(job) ? "" : " yet" }}.</div>
          </div>
        </div>
      </div>
    </div>
    <template v-if="group.isWaiting && isUnfolded">
      <a v-if="beyond('queued')" class="jd-jobs__more" :href="root + '/history?state=queued'">and {{ figure(beyond("queued")) }} more {{ beyond("queued") === 1 ? "job waits" : "jobs wait" }}</a>
      <a v-if="beyond('retrying')" class="jd-jobs__more" :href="root + '/history?state=retrying'">and {{ figure(beyond("retrying")) }} more {{ beyond("retrying") === 1 ? "is" : "are" }} retried</a>
    </template>
    </template>
    <div class="jd-hidden" role="status" aria-live="polite">{{ announced }}</div>
  </div>`,

  props: { cards: Array, waiting: Object, looks: Object, served: Number, refusal: String },
  emits: ["cancel", "force"],

  data: () => ({ jobs: {}, running: [], waitingIds: [], open: {}, asked: {}, counts: {}, isUnfolded: false, second: 0, isHeld: false, announced: "", root: "" }),

  computed: {
    groups() {
      const cards = (ids) => ids.map((id) => this.jobs[id]);
      return [
        { name: "running", isWaiting: false, label: "Running jobs", jobs: cards(this.running) },
        { name: "waiting", isWaiting: true, label: "Waiting jobs", jobs: cards(this.waitingIds) },
      ];
    },
    waits() {
      return this.counts.queued + this.counts.retrying > 0;
    },
  },

  created() {
    if (this.served) tell(this.served);
    this.isUnfolded = sessionStorage.getItem(UNFOLDED) === "yes";
    this.apply({ set: this.cards || [], waiting: this.waiting });
  },
  mounted() {
    this.isDrawn = true;
    this.stop = everySecond(this.tick);
    setTimeout(() => (this.root = window.path_prefix || "")); // it is set after the children are mounted
  },
  unmounted() {
    this.stop();
  },

  methods: {
    clock, duration, exact, figure,

    // Take one message of live.py: changed cards, cards that are gone, new log lines, how many wait, the server's time.
    apply(message) {
      if (message.now) tell(message.now);
      if (message.waiting) this.counts = message.waiting;
      const wasEmpty = !this.running.length;
      for (const card of message.set || []) this.put(card);
      for (const [id, lines] of Object.entries(message.log || {})) this.append(this.jobs[id], lines);
      for (const id of message.del || []) if (!this.jobs[id]?.leaves) this.leave(this.jobs[id], -FADE_MS);
      if (!this.isHeld) this.arrange();
      const first = this.jobs[this.running[0]];
      // Where all is one column, the log of what begins while somebody looks would push away what they may be about to tap.
      if (wasEmpty && first) this.open[first.id] ??= !this.isDrawn || !ONE_COLUMN.matches;
    },

    // The cancel could not be asked for (the page says why): offer it again.
    offerCancel(id) {
      delete this.asked[id];
    },

    put(card) {
      const known = this.jobs[card.id];
      if (!known) {
        if (FINISHED.has(card.state)) return;
        this.jobs[card.id] = { log: [], heard: now(), ...card };
        const ids = this.isWaiting(card) ? this.waitingIds : this.running;
        if (ids.length < MOST_CARDS) ids.push(card.id); // under the pointer the others wait for `arrange`
        return;
      }
      const wasFinished = this.isFinished(known);
      Object.assign(known, card, { heard: now() });
      if (known.state === "running" && !this.isUnfolded) this.show(card.id);
      if (known.stopping) delete this.asked[card.id];
      if (!wasFinished && this.isFinished(known)) {
        delete this.asked[card.id];
        this.announced = known.title + " #" + known.id + ": " + this.looks[known.state].label;
        this.leave(known, LINGER_MS);
      } else if (wasFinished && !this.isFinished(known)) known.leaves = known.fades = undefined; // started again by retry
    },

    // What ran in the folded line is seen at once, also while the pointer is over the list: below all others, so that none of them moves.
    show(id) {
      const place = this.waitingIds.indexOf(id);
      if (place < 0) return;
      this.waitingIds.splice(place, 1);
      this.running.push(id);
    },

    append(job, lines) {
      if (!job || !lines.length) return;
      const last = job.log.length ? job.log[job.log.length - 1].seq : 0;
      job.log = [...job.log, ...lines.filter((line) => line.seq > last)].slice(-TAIL_LINES);
      job.heard = now();
    },

    leave(job, delay) {
      if (!job) return;
      job.leaves = Date.now() + delay + FADE_MS;
      setTimeout(() => this.isHeld || (job.fades = !!job.leaves), delay);
      setTimeout(() => this.isHeld || this.arrange(), delay + FADE_MS + 10);
    },

    // Bring the list in order and take away what has left. Never under the pointer: `hold` and `release` see to that.
    arrange() {
      const leaving = Object.values(this.jobs).filter((job) => job.leaves).sort((a, b) => a.leaves - b.leaves);
      const surplus = Object.keys(this.jobs).length - MOST_CARDS;
      for (const [place, { id, leaves }] of leaving.entries())
        if (place < surplus || leaves <= Date.now()) {
          delete this.jobs[id];
          delete this.open[id];
          delete this.asked[id];
        }
      const inOrder = Object.values(this.jobs).sort((a, b) => a.id - b.id);
      this.running = inOrder.filter((job) => !this.isWaiting(job)).map((job) => job.id);
      this.waitingIds = inOrder.filter(this.isWaiting).map((job) => job.id);
    },
    unfold() {
      this.isUnfolded = !this.isUnfolded;
      sessionStorage.setItem(UNFOLDED, this.isUnfolded ? "yes" : "no");
    },
    // How many in a state have no card.
    beyond(state) {
      return Math.max(0, this.counts[state] - Object.values(this.jobs).filter((job) => job.state === state).length);
    },
    hold(event) {
      this.isHeld = event.pointerType === "mouse";
    },
    release() {
      this.isHeld = false;
      for (const job of Object.values(this.jobs)) if (job.leaves < Date.now() + FADE_MS) this.leave(job, 0); // it fades now, too
      this.arrange();
    },

    tick() {
      if (this.running.length || this.waitingIds.length) this.second++;
    },
    time() {
      this.second; // read, so that each tick draws anew
      return now();
    },

    cancel(job) {
      this.asked[job.id] = true;
      this.$emit("cancel", job.id);
    },

    isFinished: (job) => FINISHED.has(job.state),
    isWaiting: (job) => job.state === "queued" || job.state === "retrying" || job.state === "scheduled",
    isStopping(job) {
      return !this.isFinished(job) && job.stopping === true; // the server says so, not the click
    },
    canForce(job) {
      if (!this.isStopping(job) || job.forced) return false;
      return this.time() - job.stop_asked >= 1000 * Math.min(FORCE_AFTER_SECONDS, job.grace ?? FORCE_AFTER_SECONDS);
    },
    // Until its grace time has passed the job is waited for, then its worker uses force by itself.
    stopping(job) {
      if (job.forced) return "stopping by force";
      if (job.grace === null) return "stopping";
      const seconds = job.grace - (this.time() - job.stop_asked) / 1000;
      return seconds > 0 ? "stopping, up to " + duration(Math.ceil(seconds)) : "stopping by force";
    },
    hasBar(job) {
      return !this.isWaiting(job);
    },
    percent: (job) => (job.state === "succeeded" ? 100 : Math.floor(job.ratio * 100)),
    said(job) {
      return [job.ratio === null ? "" : this.percent(job) + " percent", job.message].filter(Boolean).join(", ") || "Working";
    },

    // Seconds left, counted down from the last report; null without an estimate.
    left(job) {
      if (job.eta === null || job.eta === undefined) return null;
      const seconds = job.eta - (this.time() - (job.at ?? this.time())) / 1000;
      return seconds < -OVERDUE_SECONDS ? null : Math.max(0, seconds);
    },
    // Seconds without news, when they are too many by the job's own rhythm. One that never reports progress is not stalled.
    silence(job) {
      if (job.state !== "running" || !job.at || this.isStopping(job)) return 0;
      const seconds = (this.time() - Math.max(job.at, job.log.length ? job.log[job.log.length - 1].at : 0)) / 1000;
      return seconds >= job.stalled_after ? seconds : 0;
    },
    isLong(job) {
      if (job.state !== "running" || !job.longer_after || this.isStopping(job)) return false;
      return (this.time() - job.started) / 1000 >= job.longer_after;
    },
    since: (job) => job.started ?? job.created,
    elapsed(job) {
      if (this.isFinished(job)) return "";
      if (job.state === "running") return job.started ? duration((this.time() - job.started) / 1000) : "";
      if (job.state !== "queued") return "";
      return "waits " + duration((this.time() - job.created) / 1000);
    },
    step(job) {
      this.second;
      if (job.state === "queued" && job.paused) return this.paused(job);
      if (job.state === "queued") return job.attempt ? "Waiting for its turn, attempt " + (job.attempt + 1) + " of " + job.max_attempts : "Waiting for its turn";
      if (job.state === "retrying")
        return "Retries " + this.due(job) + ", attempt " + (job.attempt + 1) + " of " + job.max_attempts + (job.paused ? ". " + this.paused(job) : "");
      if (job.state === "scheduled") return "Starts " + this.due(job);
      return job.message ?? (job.state === "running" && job.done === null ? "Working" : "");
    },
    due(job) {
      return !job.run_at || job.run_at <= this.time() ? "now" : relative(job.run_at);
    },
    paused(job) {
      return "The queue " + job.queue + " is " + job.paused + (job.paused_until ? "; it goes on " + relative(job.paused_until) : "");
    },
    // "866 of 1,290", unless the author's message says it already.
    counted(job) {
      if (this.isWaiting(job) || job.done === null || job.done === undefined) return "";
      const words = job.total ? figure(job.done) + " of " + figure(job.total) : figure(job.done);
      return (job.message ?? "").includes(figure(job.done)) ? "" : words;
    },
  },
};
