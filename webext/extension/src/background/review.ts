import type { Review } from "../shared/native.js";

/** As large as shows a page of A4 beside what is said of it, in CSS pixels. */
const size = { width: 1100, height: 800 };

/** Opens the review page for what the agent asks about. */
export async function openReview({ ticket }: Review): Promise<void> {
  const url = `${chrome.runtime.getURL("review.html")}#${ticket}`;
  if (chrome.windows) await chrome.windows.create({ url, type: "popup", focused: true, ...size });
  else await chrome.tabs.create({ url, active: true });
}
