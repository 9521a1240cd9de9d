// The bar at the foot: how far things are, and the two buttons.
import { get } from "../../../../wasm/page/dom.js";
import type { Review } from "./frames.js";
import { percent } from "./list.js";
import { differs } from "./parts.js";
import type { Reader } from "./reader.js";
import type { Strings } from "./strings.js";

export type Phase = "connecting" | "review" | "confirmed" | "asking" | "over";

/** What the bar tells, and what decides whether one may go on. */
export interface Standing {
  readonly review: Review;
  readonly reader: Reader;
  readonly phase: Phase;
  /** The connection is being opened anew. */
  readonly broken: boolean;
  /** The stamp is in the air, or the agent has not yet answered about it. */
  readonly settling: boolean;
  /** The open document is on the screen, or has been said to be one that cannot be. */
  readonly seen: boolean;
}

/** Whether any document is not the one that the agent will sign. */
const mismatch = ({ review, reader }: Standing): boolean => review.documents.some((one, i) => differs(reader.known[i], one));

/** Whether the person may go on to the agent's window. */
export const ready = (now: Standing): boolean =>
  now.phase === "review" && !now.broken && !now.settling && now.reader.complete && now.seen && !mismatch(now);

export class Bar {
  private saidReady = false;

  constructor(private readonly s: Strings) {}

  /** Says something to screen readers, when they have time. */
  say(words: string): void {
    get("said").textContent = words;
  }

  draw(now: Standing): void {
    const { s } = this;
    const { review, reader } = now;
    document.body.dataset["phase"] = now.phase;
    const total = review.documents.reduce((sum, one) => sum + one.size, 0);
    const done = reader.known.reduce((sum, one) => sum + one.done, 0);
    const different = mismatch(now);
    const state = now.broken ? s.broken30
      : different ? s.mismatch
      : !reader.complete ? s.progress(reader.known.filter((one) => one.sha256).length, review.documents.length, percent(done, total))
      : now.settling ? s.settling
      : !now.seen ? s.waitView
      : s.ready;
    const line = get("state");
    if (line.textContent !== state) {
      line.textContent = state;
      // Progress would be said over and over.
      if (state === s.mismatch || state === s.broken30 || (state === s.ready && !this.saidReady)) this.say(state);
      this.saidReady ||= state === s.ready;
    }
    line.classList.toggle("bad", different);
    const progress = get<HTMLProgressElement>("progress");
    progress.hidden = reader.complete;
    progress.value = total ? done / total : 1;
    get<HTMLButtonElement>("confirm").disabled = !ready(now);
    get("bar").hidden = get("confirm").hidden = get("refuse").hidden = now.phase !== "review";
  }
}
