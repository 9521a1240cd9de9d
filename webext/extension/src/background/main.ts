// The background: a worker in Chromium, an event page in Firefox. Either is
// ended and started again as the browser likes, so that listeners are set at
// once, and nothing that must last is kept in variables.

import { nativeHost } from "../shared/native.js";
import { pagePort } from "../shared/relay.js";
import { nativeVersion } from "./check.js";
import { Channel } from "./native.js";
import type { NativePort } from "./native.js";
import { Pages } from "./pages.js";
import { profile } from "./profile.js";
import { answers, listen, tell } from "./requests.js";
import { openReview } from "./review.js";
import { settings } from "./settings.js";
import { Sites } from "./sites.js";
import { startVerify } from "./verify.js";
import { takeWish } from "./wish.js";

const channel: Channel = new Channel({
  dial: () => chrome.runtime.connectNative(nativeHost) as unknown as NativePort,
  why: (port) => chrome.runtime.lastError?.message ?? port.error?.message ?? "",
  hello: async () => {
    const [{ language, review }, own] = await Promise.all([settings(), profile()]);
    return {
      minVersion: nativeVersion, maxVersion: nativeVersion, extensionVersion: chrome.runtime.getManifest().version,
      origin: new URL(chrome.runtime.getURL("")).origin, language, profile: own, review,
    };
  },
  told: (event) => {
    switch (event.event) {
      case "review":
        return void openReview(event.review);
      case "review-ended":
        return tell({ what: "review-ended", ticket: event.ticket });
      case "sites":
        void sites.refresh().catch(() => {});
        return;
      case "tokens":
        return tell({ what: "tokens" });
    }
  },
  changed: () => {
    tell({ what: "agent" });
    if (channel.agent) void sites.refresh().catch(() => {}); // nobody told of changes meanwhile
  },
});
const sites: Sites = new Sites(() => channel.request("sites"), () => {
  tell({ what: "sites" });
  void pages.look();
});
const pages: Pages = new Pages(channel, sites);

chrome.runtime.onConnect.addListener((port) => {
  if (port.name === pagePort) pages.take(port);
});
listen(answers(channel, sites));
// What is kept here decides where scripts run: whoever takes over the process of
// a page, and with it our script there, must not write it, nor read the list of
// checks. Firefox has no such bolt.
void chrome.storage.local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" }).catch(() => {});
startVerify({ settings, anchors: () => channel.request("anchors") });

/** Sites may have got their permission; the popup says so of the one it was asked for in. */
async function added(patterns: readonly string[]): Promise<void> {
  const wanted = await takeWish(patterns).catch(() => undefined);
  if (!wanted) return sites.reload();
  await sites.allow(wanted).catch(() => sites.reload());
  await chrome.action.openPopup?.().catch(() => {}); // older browsers want a click for it
}

/** Pages that are open have no script, or one of the version before. */
const begin = (everywhere: boolean): void => void (async () => {
  await sites.reload({ everywhere });
  await sites.refresh();
})().catch(() => {}); // without an agent: when it is there
chrome.runtime.onInstalled.addListener(() => begin(true));
chrome.runtime.onStartup.addListener(() => begin(false));
chrome.permissions.onAdded.addListener(({ origins = [] }) => void added(origins));
chrome.permissions.onRemoved.addListener(() => void sites.reload());
chrome.storage.onChanged.addListener((_, area) => {
  if (area === "managed") void sites.reload();
});
