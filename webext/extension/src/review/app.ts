// The review from its first frame to its end: holds what is known, and draws
// it again when it changes. The agent's latest frame is the truth.
import { element, get } from "../../../../wasm/page/dom.js";
import type { Failure } from "../shared/native.js";
import { Bar, ready } from "./bar.js";
import type { Phase, Standing } from "./bar.js";
import { text } from "./failures.js";
import { StampPanel } from "./fields.js";
import type { Document, Outcome, Review, Spot } from "./frames.js";
import { same } from "./geometry.js";
import { Link, Refused } from "./link.js";
import type { Permit } from "./link.js";
import { DocumentList } from "./list.js";
import { Pages } from "./pages.js";
import { askingView, differs, drawFacts, drawProfile, drawRequest, endedView, label, leftOutView, stoppedView } from "./parts.js";
import { middle, Placing } from "./placing.js";
import { Reader } from "./reader.js";
import type { Judge } from "./reader.js";
import { StampBox } from "./stamp.js";
import { millimetres, strings } from "./strings.js";
import type { Strings } from "./strings.js";

// Time to read the outcome, in milliseconds; a failure takes longer to read.
const closeAfter: Record<Outcome, number> = { signed: 4000, refused: 4000, cancelled: 6000, failed: 12_000 };

/** What is built once the first frame is there. */
interface Parts {
  readonly reader: Reader;
  readonly pages: Pages;
  readonly list: DocumentList;
  readonly panel: StampPanel;
  readonly stamp: StampBox;
  readonly placing: Placing;
  readonly bar: Bar;
}

export class App {
  private s: Strings = strings.vi;
  private language: "vi" | "en" = "vi";
  private phase: Phase = "connecting";
  private review: Review | undefined;
  private parts: Parts | undefined;
  private initial: readonly (Spot | null)[] = [];
  private opened = 0;
  private broken = false;
  /** Why the open document is not shown. */
  private hidden = false;
  private drawn = false;
  private readonly link: Link;

  constructor(permit: () => Promise<Permit>, private readonly judge: Judge, private readonly close: () => void) {
    label(this.s, this.language);
    this.notice(element("p", "", this.s.connecting));
    this.link = new Link(permit, {
      review: (review) => this.take(review),
      asking: () => this.wait("asking"),
      refused: (why) => this.notGoingOn(why),
      ended: (outcome) => this.end(outcome),
      broken: () => {
        this.broken = true;
        this.draw();
      },
      lost: (why) => this.stop(why),
    });
    get("confirm").addEventListener("click", () => {
      const now = this.standing();
      if (!now || !ready(now)) return;
      this.link.confirm();
      this.wait("confirmed");
    });
    get("refuse").addEventListener("click", () => {
      this.link.refuse();
      this.phase = "over"; // the outcome follows
      this.draw();
    });
    const field = get<HTMLInputElement>("page-field");
    field.addEventListener("change", () => this.parts?.pages.go(field.valueAsNumber));
  }

  // --- what the agent says

  private take(review: Review): void {
    const before = this.review;
    if (before && (before.documents.length !== review.documents.length || before.documents.some((one, i) => one.size !== review.documents[i]!.size))) {
      this.link.close();
      return this.stop(text("BAD_FRAME"));
    }
    this.review = review;
    if (this.broken) this.say(this.s.resumed);
    this.broken = false;
    if (this.phase === "connecting") this.begin(review);
    else if (this.phase === "confirmed" || this.phase === "asking") this.backToReview(); // it was asked anew
    this.drawDocument();
  }

  private begin(review: Review): void {
    this.phase = "review";
    this.language = review.language;
    this.s = strings[review.language];
    label(this.s, this.language);
    this.initial = review.documents.map((one) => one.spot);
    const { s, language } = this;
    const pages = new Pages(get("pages"), s, () => this.sight(), (why) => this.unreadable(why));
    get("zoom").append(...pages.zoomButtons());
    const panel = new StampPanel(get("stamp-panel"), s, language, {
      change: (change, page) => void stamp.set(change, page),
      putBack: () => this.place(this.initial[this.opened] ?? null),
      toAll: () => {
        const { spot } = this.document;
        if (spot) placing.place(-1, spot);
      },
      placeHere: () => void this.placeHere(),
      show: () => stamp.box.scrollIntoView({ block: "center" }),
    });
    const stamp = new StampBox(pages, s.stampRole, (spot) => {
      panel.numbers(spot);
      stamp.label(this.where(spot));
      this.draw();
    }, (spot) => this.place(spot));
    const list = new DocumentList(get("documents"), s, language, (i) => void this.open(i));
    list.fill(review);
    const reader = new Reader(this.link, review.documents, this.judge, (i) => this.known(i));
    const placing = new Placing(this.link, {
      changed: () => this.drawDocument(),
      taken: () => {
        panel.refused(undefined);
        const { spot } = this.document;
        if (spot) this.say(s.placed(this.where(spot)));
      },
      refused: (why) => this.phase !== "over" && panel.refused(why),
      picture: (png) => stamp.paint(png),
    });
    this.parts = { reader, pages, list, panel, stamp, placing, bar: new Bar(s) };
    get("documents-title").textContent = s.documents(review.documents.length);
    get("left-out").replaceChildren(leftOutView(review, s));
    this.notice();
    get("main").hidden = get("bar").hidden = false;
    // Said once the live region is there.
    setTimeout(() => this.say(`${s.site}: ${review.origin}. ${s.documents(review.documents.length)}.`), 200);
    void this.open(0);
  }

  private wait(phase: "confirmed" | "asking"): void {
    if (!this.review || !this.parts || this.phase === "over") return;
    this.phase = phase;
    this.notice(askingView(this.review, this.parts.reader.known, phase === "asking", this.s), true);
    this.parts.panel.freeze(true);
    this.draw();
  }

  private notGoingOn(why: Failure): void {
    if (this.phase === "over") return;
    this.backToReview();
    this.parts?.panel.refused(why);
    this.say(why.message[this.language]);
  }

  private backToReview(): void {
    this.phase = "review";
    this.notice();
    this.parts?.panel.freeze(false);
    this.draw();
  }

  private end(outcome: Outcome): void {
    this.phase = "over";
    this.finish(endedView(outcome, this.s, this.close));
    setTimeout(this.close, closeAfter[outcome]);
  }

  private stop(why: Failure): void {
    this.phase = "over";
    this.finish(stoppedView(why, this.language, this.s, this.close));
  }

  private finish(view: HTMLElement): void {
    this.parts?.pages.close();
    get("main").hidden = get("bar").hidden = true;
    document.body.dataset["phase"] = "over";
    this.notice(view, true);
  }

  // --- the open document

  private get document(): Document {
    return this.review!.documents[this.opened]!;
  }

  private async open(index: number): Promise<void> {
    const { review, parts, s } = this;
    if (!review || !parts) return;
    this.opened = index;
    this.hidden = false;
    parts.list.select(index);
    parts.panel.refused(undefined);
    void parts.stamp.show(null, false, "");
    parts.reader.start(index).catch((why: unknown) => this.unreadable(why));
    get("viewer-title").textContent = s.viewer(this.document.name);
    get("view-state").replaceChildren(element("p", "hint", s.opening));
    this.drawDocument();
    try {
      await parts.pages.open({ size: this.document.size, read: (offset, length) => this.link.read(index, offset, length, true) });
      if (this.opened !== index) return;
      get("view-state").replaceChildren(...this.missing(parts.pages));
      const { spot } = this.document;
      if (spot && spot.page > 1) parts.pages.go(spot.page);
    } catch {
      if (this.opened !== index) return;
      this.hidden = true;
      get("view-state").replaceChildren(element("div", "failure", element("p", "", element("strong", "", s.noView)), element("p", "", s.noViewHelp)));
    }
    this.sight();
    this.drawDocument();
  }

  /** What is said where the pages that are shown are not those that Kyso counts, or not all. */
  private missing({ total, count }: Pages): HTMLElement[] {
    const { s } = this;
    const { pages } = this.document;
    const said = [pages > 0 && pages !== total && s.otherPages(pages, total), count < total && s.notAllPages(count, total)].filter((one) => one !== false);
    return said.length === 0 ? [] : [element("div", "failure", ...said.map((one) => element("p", "", one)), element("p", "", s.openElsewhere))];
  }

  private unreadable(why: unknown): void {
    if (this.phase !== "over") this.stop(why instanceof Refused ? why.failure : text("AGENT_GONE"));
    this.link.close();
  }

  private known(index: number): void {
    const { review, parts } = this;
    if (!review || !parts) return;
    const one = review.documents[index]!;
    const known = parts.reader.known[index]!;
    parts.list.state(index, known, one.size, differs(known, one));
    if (index === this.opened && known.sha256) this.drawDocument();
    this.draw();
  }

  private sight(): void {
    const { parts } = this;
    if (!parts) return;
    const field = get<HTMLInputElement>("page-field");
    field.max = String(parts.pages.count);
    if (document.activeElement !== field) field.value = String(parts.pages.page);
    get("page-count").textContent = this.s.pageShort(parts.pages.total);
    get("zoom").hidden = parts.pages.count === 0;
    this.draw();
  }

  // --- the stamp

  private place(spot: Spot | null): void {
    if (!spot || same(spot, this.document.spot)) return this.drawDocument();
    this.parts!.placing.place(this.opened, spot);
  }

  private async placeHere(): Promise<void> {
    const { page } = this.parts!.pages;
    const size = await this.parts!.pages.size(page);
    if (size) this.place(middle(page, size, this.review!.profile));
  }

  private where(spot: Spot): string {
    const mm = (points: number): string => millimetres(points, this.language);
    return this.s.where(spot.page, mm(spot.x), mm(spot.y), mm(spot.w), mm(spot.h));
  }

  // --- drawing

  private drawDocument(): void {
    const { review, parts, s, language } = this;
    if (!review || !parts || this.phase === "over") return;
    const { document: one, opened } = this;
    const known = parts.reader.known[opened];
    drawRequest(review, s);
    parts.list.notices(review);
    drawFacts(opened, known, one, language, s);
    parts.panel.draw(review, one, !same(one.spot, this.initial[opened] ?? null), parts.pages.count || one.pages);
    drawProfile(review, this.phase === "review", s, (profile) => parts.placing.profile(profile));
    if (!parts.stamp.busy && !parts.placing.busy) {
      void parts.stamp.show(one.spot, review.canPlace && this.phase === "review", one.spot ? this.where(one.spot) : "");
      void parts.placing.paint(review, opened);
    }
    this.draw();
  }

  private standing(): Standing | undefined {
    const { review, parts, phase, broken } = this;
    if (!review || !parts) return undefined;
    return { review, reader: parts.reader, phase, broken, settling: parts.placing.busy || parts.stamp.busy, seen: parts.pages.shown || this.hidden };
  }

  /** Draws the bar at the foot, at most once a frame. */
  private draw(): void {
    if (this.drawn) return;
    this.drawn = true;
    // A window that is covered gets no animation frames, and reads on.
    setTimeout(() => {
      this.drawn = false;
      const now = this.standing();
      if (now) this.parts!.bar.draw(now);
    }, 30);
  }

  private notice(view?: HTMLElement, focus = false): void {
    const box = get("notice");
    box.hidden = view === undefined;
    box.replaceChildren(...(view ? [view] : []));
    if (focus) box.focus();
  }

  private say(words: string): void {
    this.parts?.bar.say(words);
  }
}
