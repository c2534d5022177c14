// What is typed while the server says something of the same field. Its word is older than a letter that it has not heard of yet: a text that it
// empties may have grown meanwhile, and a list that it offers anew is not what was found by the letters in the field.
import { isOnItsWay } from "jobdeck_delivery";

// Let no update of an element take away what somebody types there.
export function keepTyped(socket) {
  socket.prependAny((name, elements) => {
    if (name !== "update") return;
    for (const [id, element] of Object.entries(elements)) if (element?.props) keep(Number(id), element.props);
  });
}

function keep(id, props) {
  const field = mounted_app.$refs[`r${id}`], before = mounted_app.elements[id]?.props;
  if (!field || !before) return;
  if ("inputValue" in field && isOnItsWay(id, "update:value")) props.value = field.inputValue;
  if (!("use-input" in props)) return;
  // A list that only is another object would be taken for a new one, and be shown whole.
  for (const name of ["options", "model-value"]) if (isSame(before[name], props[name])) props[name] = before[name];
  findAgain(field);
}
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// NiceGUI's select shows all of a new list, also where the letters in the field have found some of the one before (elements/select.js).
function findAgain(select) {
  if (select.findsAgain || !select.findFilteredOptions) return;
  select.findsAgain = select.$watch(
    () => [select.initialOptions, select.filteredOptions],
    ([all, shown], [allBefore, shownBefore]) => {
      const isFound = all !== allBefore && shown === all && shownBefore !== allBefore;
      if (isFound && select.$el.contains(document.activeElement)) select.filteredOptions = select.findFilteredOptions();
    },
  );
}

// Enter chooses the first line that has what was typed in a select; Quasar chooses only what an arrow key has marked. Before Quasar hears of the key.
document.addEventListener("keydown", takeFirst, true);

function takeFirst(event) {
  const input = event.target;
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing || !input.matches?.(".q-select input")) return;
  const field = mounted_app.$refs[`r${input.id.slice(1)}`], select = field?.$refs?.qRef;
  if (!select?.useInput || select.multiple || select.getOptionIndex() >= 0) return;
  const typed = input.value.trim().toLocaleLowerCase(), chosen = select.modelValue?.label?.toLocaleLowerCase();
  if (!typed || typed === chosen || (select.newValueMode && /^\d+$/.test(typed))) return; // of a job the number alone is meant
  const found = (field.initialOptions ?? field.offered).filter((one) => one.label.toLocaleLowerCase().includes(typed));
  if (!found.length) return;
  event.preventDefault();
  event.stopPropagation();
  select.toggleOption(found.find((one) => one.label.toLocaleLowerCase() === typed) ?? found[0]);
}
