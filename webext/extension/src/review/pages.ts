// The pages of the open document, one below the other. Only those near the
// screen are drawn, and only a few are kept.
import { button, element } from "../../../../wasm/page/dom.js";
import type { Size } from "./geometry.js";
import { draw, load, maxPixels, maxSide, words } from "./pdf.js";
import type { Loading, PDFDocumentProxy, Source } from "./pdf.js";
import type { Strings } from "./strings.js";

/** CSS pixels in a point at 100 %. */
const pixels = 96 / 72;
/** Drawn pages that are kept; each may take some tens of megabytes. */
const kept = 6;
/** Pages with a box of their own; a longer document is looked at in the system's viewer. */
const maxPages = 5000;
const zoomStep = 1.2;
const zoomRange = [0.2, 5] as const;

/** A document that keeps pdf.js busy for longer is one that cannot be shown here. */
const patience = 60_000;

/** The promise, or a rejection when it takes too long. */
function soon<T>(work: Promise<T>): Promise<T> {
  let late: ReturnType<typeof setTimeout>;
  const never = new Promise<never>((_, reject) => (late = setTimeout(() => reject(new Error("too slow")), patience)));
  return Promise.race([work, never]).finally(() => clearTimeout(late));
}

interface Sheet {
  readonly box: HTMLElement;
  readonly label: HTMLElement;
  size: Size;
  /** The scale it was drawn for; 0 when it is not drawn. */
  drawn: number;
  drawing: boolean;
  near: boolean;
}

export class Pages {
  private task: Loading | undefined;
  private document: PDFDocumentProxy | undefined;
  private sheets: Sheet[] = [];
  private recent: number[] = []; // drawn pages, oldest first
  private zoom: number | undefined; // undefined: fit the width
  private current = 1;
  private readonly near: IntersectionObserver;
  /** Whether a page of the open document has been on the screen. */
  shown = false;
  /** How many pages the open document has; count are those that have a box. */
  total = 0;

  constructor(
    private readonly scroller: HTMLElement,
    private readonly s: Strings,
    /** A page was shown, the page in sight changed, or its size became known. */
    private readonly changed: () => void,
    private readonly lost: (why: unknown) => void,
  ) {
    this.near = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const sheet = this.sheets[this.numberOf(target) - 1];
        if (sheet) sheet.near = isIntersecting;
        if (isIntersecting) void this.show(this.numberOf(target));
      }
    }, { root: scroller, rootMargin: "300px" });
    scroller.addEventListener("scroll", () => requestAnimationFrame(() => this.look()), { passive: true });
    new ResizeObserver(() => this.scaled()).observe(scroller);
  }

  get count(): number {
    return this.sheets.length;
  }

  /** The page in sight. */
  get page(): number {
    return this.current;
  }

  /** The page's box; what is put into it is drawn over the page. */
  box(page: number): HTMLElement | undefined {
    return this.sheets[page - 1]?.box;
  }

  /** The page as it is shown, in points. */
  async size(page: number): Promise<Size | undefined> {
    const sheet = this.sheets[page - 1];
    if (!sheet || !this.document) return undefined;
    const { width, height } = (await this.document.getPage(page)).getViewport({ scale: 1 });
    this.resize(sheet, { width, height });
    return sheet.size;
  }

  /** CSS pixels in a point of the pages now. */
  get scale(): number {
    const widest = this.sheets.reduce((most, one) => Math.max(most, one.size.width), 1);
    const fit = Math.max(80, this.scroller.clientWidth - 32) / widest;
    // One page of a kilometre must not make specks of the others.
    return this.zoom === undefined ? Math.min(Math.max(fit, zoomRange[0] * pixels), 2.5 * pixels) : this.zoom * pixels;
  }

  /** Shows a document; resolves when its first page is there, rejects when it cannot be shown. */
  async open(source: Source): Promise<void> {
    this.close();
    const task = (this.task = load(source, this.lost));
    const { document, width, height } = await soon(task.promise.then(async (document) => {
      const { width, height } = (await document.getPage(1)).getViewport({ scale: 1 });
      return { document, width, height };
    })).catch((why: unknown) => {
      task.end(); // it may compute for ever
      throw why;
    });
    if (this.task !== task) return;
    this.document = document;
    const total = (this.total = document.numPages);
    this.sheets = Array.from({ length: Math.min(total, maxPages) }, (_, i) => this.sheet(i + 1, total, { width, height }));
    this.scroller.replaceChildren(...this.sheets.map((one) => one.box));
    this.scaled();
    for (const { box } of this.sheets) this.near.observe(box);
  }

  /** Forgets the document. */
  close(): void {
    this.near.disconnect();
    this.task?.end();
    this.task = this.document = undefined;
    this.total = 0;
    this.sheets = [];
    this.recent = [];
    this.shown = false;
    this.current = 1;
    this.scroller.replaceChildren();
  }

  /** Brings a page into sight. */
  go(page: number): void {
    this.box(page)?.scrollIntoView({ block: "start" });
  }

  /** Larger (1), smaller (-1), or as wide as there is room (0). */
  magnify(by: -1 | 0 | 1): void {
    const [low, high] = zoomRange;
    const now = this.scale / pixels;
    const { page } = this;
    this.zoom = by === 0 ? undefined : Math.min(high, Math.max(low, now * zoomStep ** by));
    this.scaled();
    this.go(page);
  }

  /** Buttons that magnify. */
  zoomButtons(): HTMLElement[] {
    const { s } = this;
    return [button("−", s.zoomOut, () => this.magnify(-1)), button("+", s.zoomIn, () => this.magnify(1)), button(s.zoomFit, s.zoomFit, () => this.magnify(0))];
  }

  private sheet(number: number, of: number, size: Size): Sheet {
    const box = element("div", "page");
    box.dataset["page"] = String(number);
    const label = element("p", "page-number", this.s.page(number, of));
    box.append(label);
    const sheet: Sheet = { box, label, size, drawn: 0, drawing: false, near: false };
    this.resize(sheet, size, true);
    return sheet;
  }

  private resize(sheet: Sheet, size: Size, first = false): void {
    if (!first && size.width === sheet.size.width && size.height === sheet.size.height) return;
    sheet.size = size;
    sheet.box.style.setProperty("--width", String(size.width));
    sheet.box.style.setProperty("--height", String(size.height));
    if (!first) this.scaled();
  }

  private scaled(): void {
    this.scroller.style.setProperty("--scale", `${this.scale}px`);
    for (const [i, sheet] of this.sheets.entries()) if (sheet.near) void this.show(i + 1);
  }

  private numberOf(box: Element): number {
    return Number((box as HTMLElement).dataset["page"]);
  }

  /** Draws a page that is near the screen, at the scale of now. */
  private async show(number: number): Promise<void> {
    const sheet = this.sheets[number - 1];
    const { document } = this;
    if (!sheet || !document || sheet.drawing || sheet.drawn === this.scale) return;
    sheet.drawing = true;
    const scale = this.scale;
    try {
      const page = await document.getPage(number);
      const plain = page.getViewport({ scale: 1 });
      this.resize(sheet, { width: plain.width, height: plain.height });
      const dots = Math.min(scale * devicePixelRatio, Math.sqrt(maxPixels / (plain.width * plain.height)), maxSide / Math.max(plain.width, plain.height));
      const viewport = page.getViewport({ scale: dots });
      const canvas = element("canvas", "");
      [canvas.width, canvas.height] = [Math.max(1, Math.floor(viewport.width)), Math.max(1, Math.floor(viewport.height))];
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", this.s.page(number, document.numPages));
      const drawing = draw(page, canvas, viewport);
      await soon(drawing.promise).catch((why: unknown) => {
        drawing.cancel();
        throw why;
      });
      if (this.document !== document) return;
      sheet.box.querySelector("canvas")?.remove();
      sheet.box.querySelector(".failure")?.remove();
      sheet.label.after(canvas);
      if (!sheet.box.querySelector(".page-text")) {
        const text = element("div", "page-text", await soon(words(page)).catch(() => ""));
        text.setAttribute("aria-label", this.s.pageText);
        text.setAttribute("role", "group");
        canvas.after(text);
      }
      page.cleanup();
    } catch (error) {
      if (this.document !== document) return;
      sheet.box.querySelector(".failure")?.remove();
      sheet.label.after(element("p", "failure", this.s.noPage(number)));
    } finally {
      sheet.drawing = false;
    }
    sheet.drawn = scale;
    this.keep(number);
    this.look();
    if (this.scale !== scale && sheet.near) void this.show(number);
  }

  /** Lets go of the pages drawn longest ago. */
  private keep(number: number): void {
    this.recent = [...this.recent.filter((one) => one !== number), number];
    for (const old of this.recent.slice(0, -kept)) {
      const sheet = this.sheets[old - 1];
      if (!sheet || sheet.near) continue;
      const canvas = sheet.box.querySelector("canvas");
      if (canvas) canvas.width = canvas.height = 0; // frees its memory at once
      canvas?.remove();
      sheet.drawn = 0;
      this.recent = this.recent.filter((one) => one !== old);
    }
  }

  /** Finds the page in sight: the one that fills most of the screen. */
  private look(): void {
    const { top, bottom } = this.scroller.getBoundingClientRect();
    let most = 0;
    for (const [i, { box, drawn }] of this.sheets.entries()) {
      const r = box.getBoundingClientRect();
      const visible = Math.min(r.bottom, bottom) - Math.max(r.top, top);
      if (visible > 0 && drawn > 0) this.shown = true;
      if (visible > most) [most, this.current] = [visible, i + 1];
    }
    this.changed();
  }
}
