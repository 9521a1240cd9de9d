// One setting with a few values.
import { element } from "../../../../wasm/page/dom.js";

export interface Choice {
  readonly name: string;
  readonly legend: string;
  readonly hint?: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly chosen: string;
  /** Why it cannot be changed; "" when it can. */
  readonly locked: string;
  readonly change: (value: string) => void;
}

/** Radio buttons, which tell all values at once. */
export function choice({ name, legend, hint, options, chosen, locked, change }: Choice): HTMLFieldSetElement {
  const set = element("fieldset", "", element("legend", "", legend));
  set.disabled = locked !== "";
  if (hint) set.append(element("p", "hint", hint));
  for (const [value, label] of options) {
    const input = element("input", "");
    Object.assign(input, { type: "radio", name, value, checked: value === chosen });
    input.addEventListener("change", () => change(value));
    set.append(element("label", "", input, ` ${label}`));
  }
  if (locked) set.append(element("p", "hint", `🔒 ${locked}`));
  return set;
}
