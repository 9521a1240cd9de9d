// Sends the person's changes of the stamp to the agent, and asks what the
// stamp looks like. What the agent answers is what is shown.
import type { Failure } from "../shared/native.js";
import type { Review, Spot } from "./frames.js";
import { least, millimetre, move, placeText } from "./geometry.js";
import type { Size } from "./geometry.js";
import { Refused } from "./link.js";
import type { Link } from "./link.js";

export class Placing {
  /** A change is on its way. */
  busy = false;
  private next: (() => Promise<void>) | undefined;
  private painted = "";

  constructor(
    private readonly link: Link,
    private readonly heard: {
      /** A change begins or ends. */
      readonly changed: () => void;
      readonly taken: () => void;
      readonly refused: (why: Failure) => void;
      /** A PNG in base64, or "" where there is none. */
      readonly picture: (png: string) => void;
    },
  ) {}

  /** Puts the stamp of one document, or of all (-1), there. */
  place(document: number, spot: Spot): void {
    this.send(() => this.link.place(document, placeText(spot)));
  }

  /** Signs all documents as something else, with the stamp that belongs to it. */
  profile(profile: string): void {
    this.send(() => this.link.place(-1, "auto", profile));
  }

  /** Asks for the stamp's picture, when it may look otherwise than before. */
  async paint(review: Review, document: number): Promise<void> {
    const { spot } = review.documents[document]!;
    if (!spot) return;
    const wanted = [document, spot.w.toFixed(1), spot.h.toFixed(1), review.profile, review.template].join("|");
    if (this.painted === wanted) return;
    this.painted = wanted;
    const png = await this.link.stamp(document).catch(() => "");
    if (this.painted === wanted) this.heard.picture(png);
  }

  /** Sends a change; of those that come meanwhile, only the last. */
  private send(change: () => Promise<void>): void {
    this.next = change;
    if (!this.busy) void this.sendAll();
  }

  private async sendAll(): Promise<void> {
    this.busy = true;
    this.heard.changed();
    for (let change = this.next; change; change = this.next) {
      this.next = undefined;
      try {
        await change();
        this.heard.taken();
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.heard.refused(error.failure);
      }
    }
    this.busy = false;
    this.heard.changed();
  }
}

/** The middle of a page, for a stamp that has no place yet: as large as a hand signature's image, or with room for text, which brings its own size. */
export function middle(page: number, size: Size, profile: string): Spot {
  const [width, height] = profile === "personal" ? [45 * millimetre, 22 * millimetre] : [85 * millimetre, 30 * millimetre];
  const [w, h] = [Math.max(least, Math.min(width, size.width)), Math.max(least, Math.min(height, size.height))];
  return move({ page, x: (size.width - w) / 2, y: (size.height - h) / 2, w, h }, 0, 0, size);
}
