// The list of a batch's documents: a list box, with a filter above it.
import { element, sign, size as bytes } from "../../../../wasm/page/dom.js";
import type { Review } from "./frames.js";
import type { Known } from "./reader.js";
import type { Strings } from "./strings.js";

/** Without marks and case, so that "quyet dinh" finds "Quyết định". */
export const plain = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();

/** How far a document has been read, in percent. */
export const percent = (done: number, size: number): number => (size === 0 ? 100 : Math.floor((done / size) * 100));

export class DocumentList {
  private readonly box = element("ul", "documents");
  private readonly filter = element("input", "");
  private readonly found = element("p", "hint");
  private rows: { readonly row: HTMLElement; readonly state: HTMLElement; readonly notes: HTMLElement; readonly plain: string }[] = [];
  private opened = 0;

  constructor(panel: HTMLElement, private readonly s: Strings, private readonly language: "vi" | "en", private readonly open: (document: number) => void) {
    this.box.setAttribute("role", "listbox");
    this.box.setAttribute("aria-labelledby", "documents-title");
    this.filter.type = "search";
    this.filter.id = "filter";
    this.found.setAttribute("role", "status");
    const label = element("label", "filter", s.filter, this.filter);
    label.htmlFor = this.filter.id;
    panel.append(label, this.found, this.box);
    this.filter.addEventListener("input", () => this.narrow());
    this.filter.addEventListener("keydown", (e) => {
      if (e.key === "ArrowDown") e.preventDefault(), this.visible()[0]?.focus();
      if (e.key === "Enter") this.visible()[0]?.click();
    });
    this.box.addEventListener("keydown", (e) => this.key(e));
  }

  /** Makes the rows; a list of one has no filter. */
  fill(review: Review): void {
    this.rows = review.documents.map((one, i) => {
      const [state, notes] = [element("span", "state"), element("span", "unknown")];
      const row = element("li", "", element("span", "name", `${i + 1}. ${one.name}`), element("span", "hint", [this.s.pages(one.pages), bytes(one.size, this.language), one.signatures ? this.s.signed(one.signatures) : this.s.unsigned, ""].join(" · "), state), notes);
      if (one.broken > 0) row.append(element("span", "bad", this.s.broken(one.broken)));
      row.setAttribute("role", "option");
      row.tabIndex = -1;
      row.addEventListener("click", () => this.open(i));
      return { row, state, notes, plain: plain(one.name) };
    });
    this.box.replaceChildren(...this.rows.map(({ row }) => row));
    const few = review.documents.length < 2;
    this.filter.parentElement!.hidden = this.found.hidden = few;
    this.select(this.opened);
    this.notices(review);
  }

  /** Marks the documents that the agent has something to say about. */
  notices(review: Review): void {
    for (const [i, { notes }] of this.rows.entries()) {
      const n = review.documents[i]!.notices.length;
      notes.replaceChildren(...(n ? [sign("▲"), this.s.noticed(n)] : []));
    }
  }

  /** Marks the document that is open. */
  select(document: number): void {
    this.opened = document;
    for (const [i, { row }] of this.rows.entries()) {
      row.setAttribute("aria-selected", String(i === document));
      row.tabIndex = i === document ? 0 : -1;
    }
  }

  /** Tells how far a document is read, and whether it is the one Kyso will sign. */
  state(document: number, known: Known, size: number, differs: boolean): void {
    const state = this.rows[document]?.state;
    if (!state) return;
    const text = differs ? this.s.different : known.sha256 ? this.s.read : known.done ? this.s.reading(percent(known.done, size)) : "";
    if (state.textContent !== text) state.textContent = text;
    state.classList.toggle("bad", differs);
  }

  private visible(): HTMLElement[] {
    return this.rows.map(({ row }) => row).filter((row) => !row.hidden);
  }

  private narrow(): void {
    const wanted = plain(this.filter.value);
    for (const one of this.rows) one.row.hidden = !one.plain.includes(wanted);
    this.found.textContent = wanted ? this.s.found(this.visible().length, this.rows.length) : "";
  }

  private key(event: KeyboardEvent): void {
    const rows = this.visible();
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: Math.min(rows.length - 1, at + 10), PageUp: Math.max(0, at - 10) }[event.key];
    if (event.key === "Enter" || event.key === " ") (document.activeElement as HTMLElement).click();
    else if (to === undefined) return;
    else if (to < 0) this.filter.focus();
    else rows[to]?.focus();
    event.preventDefault();
  }
}
