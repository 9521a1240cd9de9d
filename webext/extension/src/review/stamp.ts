// The stamp on its page: a rectangle that mouse and keyboard move and size.
import { element } from "../../../../wasm/page/dom.js";
import type { Spot } from "./frames.js";
import { move, percent, resize, turnTo } from "./geometry.js";
import type { Corner, Size } from "./geometry.js";
import type { Pages } from "./pages.js";

const corners: readonly Corner[] = ["nw", "ne", "sw", "se"];
/** Points by which an arrow key moves, alone and with Shift. */
const small = 1;
const large = 10;
/** How much wider one press makes the stamp. */
const growth = 1.05;
/** A person who presses keys has not finished before this, in milliseconds. */
const settleTime = 600;

export class StampBox {
  readonly box = element("div", "stamp");
  private readonly picture = element("img", "");
  private spot: Spot | null = null;
  private size: Size = { width: 1, height: 1 };
  private movable = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly pages: Pages,
    role: string,
    /** The stamp is being moved: not yet where it will stay. */
    private readonly moving: (spot: Spot) => void,
    /** The person has let it go. */
    private readonly settled: (spot: Spot) => void,
  ) {
    this.picture.alt = "";
    this.box.append(this.picture);
    this.box.setAttribute("role", "application"); // arrow keys are the stamp's own
    this.box.setAttribute("aria-roledescription", role);
    this.box.setAttribute("aria-describedby", "stamp-keys");
    for (const corner of corners) {
      const handle = element("span", `handle ${corner}`);
      handle.setAttribute("aria-hidden", "true");
      handle.addEventListener("pointerdown", (e) => this.drag(e, corner));
      this.box.append(handle);
    }
    this.box.addEventListener("pointerdown", (e) => this.drag(e));
    this.box.addEventListener("keydown", (e) => void this.key(e));
  }

  /** Whether the person is in the middle of moving it. */
  get busy(): boolean {
    return this.timer !== undefined || this.box.classList.contains("dragged");
  }

  /** Shows the stamp where it stands, or takes it away. */
  async show(spot: Spot | null, movable: boolean, label: string): Promise<void> {
    this.movable = movable;
    this.spot = spot;
    const size = spot && (await this.pages.size(spot.page));
    if (this.spot !== spot) return; // moved meanwhile
    if (!spot || !size) return this.box.remove();
    this.size = size;
    this.box.classList.toggle("fixed", !movable);
    this.box.tabIndex = movable ? 0 : -1;
    this.place(label);
  }

  /** What is drawn in it: a PNG in base64, or nothing yet. */
  paint(png: string): void {
    this.picture.hidden = png === "";
    if (png) this.picture.src = `data:image/png;base64,${png}`;
    else this.picture.removeAttribute("src");
  }

  label(text: string): void {
    this.box.setAttribute("aria-label", text);
  }

  /** Moves it as if by hand, and lets it go at once. */
  async set(change: (spot: Spot, size: Size) => Spot, page?: number): Promise<void> {
    if (!this.spot || !this.movable) return;
    if (page !== undefined && page !== this.spot.page) await this.turn(page);
    if (this.spot) this.settled((this.spot = change(this.spot, this.size)));
  }

  private place(label?: string): void {
    const { spot } = this;
    const page = spot && this.pages.box(spot.page);
    if (!spot || !page) return;
    // The focus stays with it when it changes pages.
    const focused = document.activeElement === this.box;
    if (this.box.parentElement !== page) page.append(this.box);
    if (focused) this.box.focus({ preventScroll: true });
    Object.assign(this.box.style, percent(spot, this.size));
    if (label !== undefined) this.label(label);
  }

  private moveTo(spot: Spot): void {
    this.spot = spot;
    this.place();
    this.moving(spot);
  }

  /** Waits until no key has been pressed for a while. */
  private settleLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.spot) this.settled(this.spot);
    }, settleTime);
  }

  private async turn(page: number): Promise<void> {
    const size = await this.pages.size(page);
    if (!size || !this.spot) return;
    this.size = size;
    this.moveTo(turnTo(this.spot, page, size));
    this.pages.box(page)?.scrollIntoView({ block: "nearest" });
    this.box.scrollIntoView({ block: "nearest" });
  }

  private async key(event: KeyboardEvent): Promise<void> {
    const { spot, size } = this;
    if (!spot || !this.movable || event.altKey || event.metaKey) return;
    const step = event.shiftKey ? large : small;
    const grow = (by: number): Spot => resize(spot, spot.w * by, size, "ne");
    const sizing = event.ctrlKey;
    let next: Spot | undefined;
    switch (event.key) {
      case "ArrowLeft": next = sizing ? grow(1 / growth) : move(spot, -step, 0, size); break;
      case "ArrowRight": next = sizing ? grow(growth) : move(spot, step, 0, size); break;
      case "ArrowUp": next = sizing ? grow(growth) : move(spot, 0, step, size); break;
      case "ArrowDown": next = sizing ? grow(1 / growth) : move(spot, 0, -step, size); break;
      case "+": case "=": if (!sizing) next = grow(growth); break;
      case "-": case "_": if (!sizing) next = grow(1 / growth); break;
      case "PageUp": case "PageDown": {
        event.preventDefault();
        const page = spot.page + (event.key === "PageUp" ? -1 : 1);
        if (page < 1 || page > this.pages.count) return;
        await this.turn(page);
        return this.settleLater();
      }
    }
    if (!next) return; // every other key, Escape and Tab too, keeps its meaning
    event.preventDefault();
    this.moveTo(next);
    this.box.scrollIntoView({ block: "nearest" });
    this.settleLater();
  }

  /** Follows the pointer: the whole stamp, or one corner of it. */
  private drag(down: PointerEvent, corner?: Corner): void {
    const before = this.spot;
    if (!before || !this.movable || down.button !== 0 || this.box.classList.contains("dragged")) return;
    down.preventDefault();
    down.stopPropagation();
    this.box.focus({ preventScroll: true });
    this.box.classList.add("dragged");
    clearTimeout(this.timer);
    this.timer = undefined;
    const sizeBefore = this.size;
    const end = (back: boolean) => (): void => {
      listening.abort();
      this.box.classList.remove("dragged");
      if (back) {
        this.size = sizeBefore;
        this.moveTo(before);
      } else if (this.spot !== before && this.spot) return this.settled(this.spot);
      this.settled(before);
    };
    const listening = new AbortController();
    const { signal } = listening;
    const follow = (event: PointerEvent): void => {
      const { scale } = this.pages;
      const right = (event.clientX - down.clientX) / scale;
      const up = (down.clientY - event.clientY) / scale;
      if (Math.abs(right) * scale < 2 && Math.abs(up) * scale < 2 && this.spot === before) return; // a click
      if (corner) {
        const wider = corner.endsWith("e") ? right : -right;
        const higher = (corner.startsWith("n") ? up : -up) * (before.w / before.h);
        return this.moveTo(resize(before, before.w + (Math.abs(wider) > Math.abs(higher) ? wider : higher), this.size, corner));
      }
      void this.follow(event, down, before);
    };
    addEventListener("pointermove", follow, { signal });
    addEventListener("pointerup", end(false), { signal });
    addEventListener("pointercancel", end(true), { signal });
    addEventListener("keydown", (e) => e.key === "Escape" && end(true)(), { signal, capture: true });
  }

  /** Moves the stamp with the pointer, also to another page. */
  private async follow(event: PointerEvent, down: PointerEvent, before: Spot): Promise<void> {
    const { scale } = this.pages;
    const first = this.pages.box(before.page)?.getBoundingClientRect();
    const under = document.elementsFromPoint(event.clientX, event.clientY).map((one) => one.closest<HTMLElement>(".page")).find(Boolean);
    const page = Number(under?.dataset["page"] ?? this.spot?.page);
    const rect = this.pages.box(page)?.getBoundingClientRect();
    const size = await this.pages.size(page);
    if (!first || !rect || !size || !this.box.classList.contains("dragged")) return;
    this.size = size;
    // From the page's lower left corner, in points of that page.
    const x = before.x + (event.clientX - down.clientX + first.left - rect.left) / scale;
    const y = before.y + (down.clientY - event.clientY + rect.bottom - first.bottom) / scale;
    this.moveTo(move(turnTo({ ...before, x: 0, y: 0 }, page, size), x, y, size));
  }
}
