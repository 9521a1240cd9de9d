import { failures, Refusal } from "../shared/failures.js";
import type { Request, Requests, RequestType, State, Told } from "../shared/messages.js";
import { fromOwnPage } from "../shared/sender.js";
import type { Channel } from "./native.js";
import { setSettings, settings } from "./settings.js";
import type { Sites } from "./sites.js";
import { keepWish } from "./wish.js";

type Answers = { [T in RequestType]: (request: Extract<Request, { type: T }>) => Promise<Requests[T]["result"]> };

/** What each request of the extension's own pages does. */
export function answers(channel: Channel, sites: Sites): Answers {
  const refreshed = () => sites.refresh().catch(() => {}).then(() => sites.list());
  return {
    state: async (): Promise<State> => {
      const common = async () => ({
        sites: await refreshed(), settings: await settings(),
        extensionVersion: chrome.runtime.getManifest().version, extensionId: chrome.runtime.id,
      });
      try {
        const agent = await channel.ready({ again: true });
        const status = await channel.request("status");
        return { connected: true, agent, status, ...(await common()) };
      } catch (error) {
        return { connected: false, failure: failureOf(error), ...(await common()) };
      }
    },
    doctor: () => channel.request("doctor"),
    anchors: () => channel.request("anchors"),
    sites: refreshed,
    "want-site": async ({ origin }) => {
      await keepWish(origin);
      return {};
    },
    "allow-site": async ({ origin }) => {
      await sites.allow(origin);
      return sites.list();
    },
    "forget-site": async ({ origin }) => {
      await sites.forget(origin);
      return sites.list();
    },
    settings,
    "set-settings": async ({ settings: wanted }) => {
      const before = await settings();
      await setSettings({ ...wanted });
      const now = await settings();
      // The agent is told with hello.
      if (before.review !== now.review || before.language !== now.language) channel.close();
      tell({ what: "settings" });
      return now;
    },
    "review-open": ({ ticket }) => channel.request("review-open", { ticket: String(ticket) }),
  };
}

/** Tells the extension's pages that are open. */
export const tell = (told: Omit<Told, "type">): void =>
  void chrome.runtime.sendMessage({ type: "told", ...told } satisfies Told).catch(() => {}); // none is

/** Answers the extension's own pages, and nobody else. */
export function listen(all: Answers): void {
  chrome.runtime.onMessage.addListener((message: unknown, sender, answer) => {
    const type = (message as { type?: unknown } | null)?.type;
    if (typeof type !== "string" || !Object.hasOwn(all, type) || !fromOwnPage(sender)) return false;
    (all[type as RequestType] as (request: unknown) => Promise<unknown>)(message).then(
      (result) => answer({ ok: true, result }),
      (error: unknown) => answer({ ok: false, error: failureOf(error) }),
    );
    return true;
  });
}

const failureOf = (error: unknown) => (error instanceof Refusal ? error.failure : failures.badRequest);
