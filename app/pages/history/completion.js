// What can stand at the cursor of the search box: a list below it that the arrow keys move in, and Enter or Tab take from.
// The server says what is offered (completion.py); what is taken is written here, so that nothing that is typed meanwhile gets lost.
// Roles and keys: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ (list autocomplete with manual selection).
const PAUSE_MILLISECONDS = 60; // between two questions, while somebody types

export default {
  template: `
    <div v-show="isOpen" class="jd-complete" @mousedown.prevent>
      <ul class="jd-complete__list" role="listbox" aria-label="What can stand here" :id="listId" data-testid="completion" ref="list">
        <li v-for="(item, place) in items" :key="place" :id="idOf(place)" role="option" class="jd-complete__line"
            :aria-selected="place === active" :data-testid="'complete-' + place" @click="take(place)">
          <code>{{ item.insert }}</code>
          <span class="jd-complete__note">{{ item.note }}</span>
          <span v-if="item.count" class="jd-complete__count">{{ item.count }}</span>
        </li>
      </ul>
      <p v-if="answer && answer.foot" class="jd-complete__foot">{{ answer.foot }}</p>
    </div>`,
  props: { of: Number, answer: Object },
  data: () => ({ isOpen: false, isWanted: false, active: -1 }),
  computed: {
    items() {
      return this.answer?.items ?? [];
    },
    listId() {
      return `jd-complete-${this.of}`;
    },
  },
  watch: {
    answer() {
      const isOfNow = this.answer?.text === this.input?.value && document.activeElement === this.input;
      this.show(isOfNow && this.isWanted && this.items.length > 0);
    },
    isOpen: "tell",
    active: "tell",
  },
  mounted() {
    const place = getHtmlElement(this.of);
    this.input = place?.matches("input") ? place : place?.querySelector("input");
    if (!this.input) return;
    this.on = { input: this.type, keydown: this.press, blur: this.leave, click: this.move, focus: this.begin };
    for (const [name, listener] of Object.entries(this.on)) this.input.addEventListener(name, listener, true);
    const facts = { role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": this.listId };
    for (const [name, value] of Object.entries(facts)) this.input.setAttribute(name, value);
    this.tell();
  },
  unmounted() {
    clearTimeout(this.timer);
    for (const [name, listener] of Object.entries(this.on ?? {})) this.input.removeEventListener(name, listener, true);
  },
  methods: {
    idOf(place) {
      return `${this.listId}-${place}`;
    },
    tell() {
      const isActive = this.isOpen && this.active >= 0;
      this.input?.setAttribute("aria-expanded", String(this.isOpen));
      this.input?.[isActive ? "setAttribute" : "removeAttribute"]("aria-activedescendant", this.idOf(this.active));
    },
    show(isOpen) {
      this.isOpen = isOpen;
      this.active = -1;
    },
    ask() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.$emit("ask", [this.input.value, this.input.selectionStart ?? 0]), PAUSE_MILLISECONDS);
    },
    begin() {
      this.isWanted = false;
      this.ask(); // what is offered is known before it is wanted
    },
    type() {
      this.isWanted = !this.isTaking && this.input.value.trim() !== "";
      if (!this.isWanted) this.show(false);
      this.ask();
    },
    move() {
      if (this.isOpen) this.ask();
    },
    leave() {
      this.isWanted = false;
      this.show(false);
    },
    press(event) {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && this.isOpen) this.choose(step);
      else if (step) {
        this.isWanted = true;
        this.ask();
      } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) {
        setTimeout(this.move);
        return;
      } else if (!this.isOpen) return;
      else if (event.key === "Escape") this.leave();
      else if (event.key === "Enter" && this.active < 0) {
        this.leave();
        return;
      } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.take(Math.max(0, this.active));
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    choose(step) {
      const places = this.items.length + 1; // one of them is the box itself
      this.active = ((this.active + 1 + step + places) % places) - 1;
      this.$nextTick(() => document.getElementById(this.idOf(this.active))?.scrollIntoView({ block: "nearest" }));
    },
    take(place) {
      const { begin, end } = this.answer, item = this.items[place];
      const isWhole = !item.is_open && end === this.input.value.length;
      this.isTaking = !item.is_open;
      this.input.focus();
      this.input.setRangeText(item.insert + (isWhole ? " " : ""), begin, end, "end");
      this.input.dispatchEvent(new Event("input", { bubbles: true }));
      this.isTaking = false;
      if (!item.is_open) this.leave();
    },
  },
};
