// Where a stamp stands, as numbers. All lengths are points on the page as it is
// shown: after its crop box, its turn and its unit, from the lower left corner.
// That is what the agent means by PAGE,X,Y,W,H (signature/placement.ParsePlace),
// and what pdf.js's viewport at scale 1 measures.
import type { Spot } from "./frames.js";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Points in a millimetre. */
export const millimetre = 72 / 25.4;

/** Less than 5 mm would be a visible signature that nobody sees (agent/internal/signing). */
export const least = 5 * millimetre;

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), Math.max(low, high));

/** The spot, moved by so many points to the right and up, still on its page. */
export function move(spot: Spot, right: number, up: number, page: Size): Spot {
  return { ...spot, x: clamp(spot.x + right, 0, page.width - spot.w), y: clamp(spot.y + up, 0, page.height - spot.h) };
}

export type Corner = "nw" | "ne" | "sw" | "se";

/**
 * The spot with another width and the same proportions: a stamp is never
 * distorted. The corner opposite to the one that is pulled stays, and the page
 * holds it all.
 */
export function resize(spot: Spot, width: number, page: Size, pulled: Corner = "ne"): Spot {
  const ratio = spot.h / spot.w;
  const right = spot.x + spot.w;
  const top = spot.y + spot.h;
  const west = pulled.endsWith("w");
  const south = pulled.startsWith("s");
  const roomX = west ? right : page.width - spot.x;
  const roomY = south ? top : page.height - spot.y;
  const most = Math.min(roomX, roomY / ratio);
  const smallest = Math.max(least, least / ratio);
  const w = clamp(width, Math.min(smallest, most), most);
  const h = w * ratio;
  return { ...spot, x: west ? right - w : spot.x, y: south ? top - h : spot.y, w, h };
}

/** The spot on another page, moved and made smaller where that page is smaller. */
export function turnTo(spot: Spot, page: number, size: Size): Spot {
  const shrink = Math.min(1, size.width / spot.w, size.height / spot.h);
  return move({ ...spot, page, w: spot.w * shrink, h: spot.h * shrink }, 0, 0, size);
}

/** The place as the agent takes it: hundredths of a point are finer than any screen. */
export function placeText({ page, x, y, w, h }: Spot): string {
  return [page, ...[x, y, w, h].map((n) => Math.max(0, Math.round(n * 100) / 100))].join(",");
}

/** Whether two spots are the same to a hundredth of a point. */
export const same = (a: Spot | null, b: Spot | null): boolean => (a === null || b === null ? a === b : placeText(a) === placeText(b));

/** The spot in percent of its page, as CSS takes it. */
export function percent(spot: Spot, page: Size): { left: string; bottom: string; width: string; height: string } {
  const of = (part: number, all: number): string => `${(part / all) * 100}%`;
  return { left: of(spot.x, page.width), bottom: of(spot.y, page.height), width: of(spot.w, page.width), height: of(spot.h, page.height) };
}
