// The stamp's panel: what it is, where it stands in words and in numbers, and
// what can be done with it.
import { button, element, sign } from "../../../../wasm/page/dom.js";
import type { Failure } from "../shared/native.js";
import type { Document, Review, Spot } from "./frames.js";
import { millimetre, move, resize } from "./geometry.js";
import type { Size } from "./geometry.js";
import { millimetres } from "./strings.js";
import type { Strings } from "./strings.js";

/** What the panel's controls do. */
export interface Actions {
  readonly change: (change: (spot: Spot, page: Size) => Spot, page?: number) => void;
  readonly putBack: () => void;
  readonly toAll: () => void;
  readonly placeHere: () => void;
  readonly show: () => void;
}

type Name = "page" | "left" | "bottom" | "width";

export class StampPanel {
  private readonly where = element("p", "");
  private readonly notices = element("div", "");
  private readonly controls = element("div", "controls");
  private readonly height = element("p", "hint");
  private readonly trouble = element("div", "");
  private readonly inputs: Record<Name, HTMLInputElement>;
  private readonly back: HTMLButtonElement;
  private readonly all: HTMLButtonElement;
  private readonly here: HTMLButtonElement;
  private readonly look: HTMLButtonElement;
  private readonly keys: HTMLElement;

  constructor(panel: HTMLElement, private readonly s: Strings, private readonly language: "vi" | "en", actions: Actions) {
    this.trouble.setAttribute("role", "alert");
    const labels: Record<Name, string> = { page: s.fieldPage, left: s.fieldLeft, bottom: s.fieldBottom, width: s.fieldWidth };
    const field = (name: Name): HTMLInputElement => {
      const input = element("input", "");
      input.type = "number";
      input.id = `stamp-${name}`;
      input.min = name === "page" ? "1" : name === "width" ? "5" : "0";
      input.step = name === "page" ? "1" : "any";
      input.addEventListener("change", () => {
        const value = input.valueAsNumber;
        if (!Number.isFinite(value) || !input.validity.valid) return void input.reportValidity();
        const points = value * millimetre;
        if (name === "page") actions.change((spot) => spot, value);
        else if (name === "width") actions.change((spot, page) => resize(spot, points, page));
        else if (name === "left") actions.change((spot, page) => move(spot, points - spot.x, 0, page));
        else actions.change((spot, page) => move(spot, 0, points - spot.y, page));
      });
      const label = element("label", "", labels[name], input);
      label.htmlFor = input.id;
      this.controls.append(label);
      return input;
    };
    this.inputs = { page: field("page"), left: field("left"), bottom: field("bottom"), width: field("width") };
    this.back = button(s.putBack, s.putBack, actions.putBack);
    this.all = button(s.toAll, s.toAll, actions.toAll);
    this.here = button(s.placeHere, s.placeHere, actions.placeHere);
    this.look = button(s.showStamp, s.showStamp, actions.show);
    this.keys = element("p", "hint", s.stampKeys);
    this.keys.id = "stamp-keys";
    panel.append(this.where, this.trouble, this.notices, this.controls, this.height, element("p", "actions", this.look, this.here, this.back, this.all), this.keys);
  }

  /** Shows a document's stamp as the agent says it stands. */
  draw(review: Review, document: Document, moved: boolean, pages: number): void {
    const { s } = this;
    const { spot } = document;
    const movable = review.canPlace && spot !== null;
    const said = document.stamp?.[this.language] ?? "";
    this.where.textContent = said || (review.canPlace && !spot ? s.unplaced : spot ? "" : s.noStamp);
    if (spot && !review.canPlace) this.where.append(" ", s.stampFixed);
    this.controls.hidden = this.height.hidden = this.keys.hidden = !movable;
    this.look.hidden = spot === null;
    this.here.hidden = !(review.canPlace && spot === null);
    this.back.hidden = !(movable && moved);
    this.all.hidden = !(movable && review.documents.length > 1);
    this.inputs.page.max = String(pages);
    if (spot) this.numbers(spot);
  }

  /** Shows where the stamp is while it is being moved. */
  numbers(spot: Spot): void {
    const { page, left, bottom, width } = this.inputs;
    const set = (input: HTMLInputElement, value: number): void => {
      if (document.activeElement !== input || input.valueAsNumber !== value) input.value = String(Math.round(value * 10) / 10);
    };
    set(page, spot.page);
    set(left, spot.x / millimetre);
    set(bottom, spot.y / millimetre);
    set(width, spot.w / millimetre);
    this.height.textContent = this.s.height(millimetres(spot.h, this.language));
  }

  /** Why the agent did not take the place; undefined takes the words away. */
  refused(why: Failure | undefined): void {
    if (!why) return this.trouble.replaceChildren();
    const box = element("div", "failure", element("p", "", sign("✗"), element("strong", "", this.s.stampAway)), element("p", "", why.message[this.language]));
    if (why.remedy[this.language]) box.append(element("p", "", why.remedy[this.language]));
    this.trouble.replaceChildren(box);
  }

  /** Lets nothing be changed, or again. */
  freeze(frozen: boolean): void {
    for (const one of [...Object.values(this.inputs), this.back, this.all, this.here]) one.disabled = frozen;
  }
}
