import type { Review } from "../shared/native.js";

/** As large as shows a page of A4 beside what is said of it, in CSS pixels. */
const size = { width: 1100, height: 800 };

/** The review that was opened last: there is one at a time. */
interface Opened {
  readonly ticket: string;
  readonly tab: number | undefined;
}

/**
 * Opens the review page for what the agent asks about, unless it is open: the
 * agent announces a review again to a background that was started anew.
 */
export async function openReview({ ticket }: Review): Promise<void> {
  const { review } = (await chrome.storage.session.get("review")) as { review?: Opened };
  if (review?.ticket === ticket && review.tab !== undefined && (await chrome.tabs.get(review.tab).catch(() => undefined))) return;
  const url = `${chrome.runtime.getURL("review.html")}#${ticket}`;
  const tab = chrome.windows
    ? (await chrome.windows.create({ url, type: "popup", focused: true, ...size }))?.tabs?.[0]
    : await chrome.tabs.create({ url, active: true });
  await chrome.storage.session.set({ review: { ticket, tab: tab?.id } satisfies Opened });
}
