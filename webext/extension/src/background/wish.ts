// Chromium closes the popup when the browser asks for a permission, so that what
// the popup would do with the answer is lost. It leaves a wish here before, and
// the permission makes it true.
import { pattern } from "../shared/messages.js";
import { isSite } from "./check.js";

const key = "wish";
const patience = 2 * 60_000; // ms. What is allowed later was allowed for something else.

interface Wish {
  readonly origin: string;
  readonly time: number;
}

/** The person wants the site switched on. One wish at a time: the last. */
export async function keepWish(origin: unknown, now = Date.now()): Promise<void> {
  await chrome.storage.session.set({ [key]: isSite(origin) ? ({ origin, time: now } satisfies Wish) : undefined });
}

/** The site that was wished for and that the browser allows with these patterns; told once. */
export async function takeWish(allowed: readonly string[], now = Date.now()): Promise<string | undefined> {
  const { [key]: wish } = (await chrome.storage.session.get(key)) as { [key]?: Wish };
  if (!wish || !allowed.includes(pattern(wish.origin))) return undefined;
  await chrome.storage.session.remove(key);
  return now - wish.time <= patience ? wish.origin : undefined;
}
