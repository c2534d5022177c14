// A select to search in. The lines that it offers stay while somebody is in it: others that the server sends meanwhile
// would take away what was typed and found (NiceGUI's own select begins anew). They wait until the field is left; only
// what stands beside a line changes at once.
export default {
  template: `
    <q-select ref="qRef" :options="found" @filter="search" @focus="isInside = true" @blur="leave">
      <template v-for="(_, slot) in $slots" v-slot:[slot]="given"><slot :name="slot" v-bind="given || {}" /></template>
    </q-select>`,
  props: ["options"],
  data() {
    return { offered: [], found: [], isInside: false };
  },
  watch: {
    options: { handler: "take", immediate: true },
  },
  methods: {
    take() {
      if (this.isInside) {
        const sides = new Map(this.options.map(({ value, side }) => [value, side]));
        for (const one of this.offered) one.side = sides.get(one.value) ?? one.side; // a kind that is gone keeps what it had
      } else {
        this.offered = this.found = this.options.map((one) => ({ ...one }));
      }
    },
    leave() {
      this.isInside = false;
      this.take();
    },
    search(typed, update) {
      const words = typed.toLocaleLowerCase();
      update(() => {
        this.found = this.offered.filter((one) => one.label.toLocaleLowerCase().includes(words));
      });
    },
  },
};
