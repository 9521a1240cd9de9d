import type { OwnSettings, Settings } from "../shared/messages.js";
import { isSite } from "./check.js";

const names = ["language", "review", "checkDownloads"] as const satisfies readonly (keyof OwnSettings)[];
const defaults: OwnSettings = { language: "vi", review: "always", checkDownloads: [] };

const valid: { [K in keyof OwnSettings]: (v: unknown) => boolean } = {
  language: (v) => v === "vi" || v === "en",
  review: (v) => v === "always" || v === "stamp" || v === "never",
  checkDownloads: (v) => Array.isArray(v) && v.length <= 200 && v.every(isSite),
};

/** What of an object are settings. */
export function settingsOf(found: Record<string, unknown>): Partial<OwnSettings> {
  return Object.fromEntries(names.filter((n) => valid[n](found[n])).map((n) => [n, found[n]]));
}

/** The administrator's settings before the person's before the defaults. */
export function merged(managed: Record<string, unknown>, own: Record<string, unknown>): Settings {
  const set = settingsOf(managed);
  return { ...defaults, ...settingsOf(own), ...set, managed: names.filter((n) => set[n] !== undefined) };
}

/** What the administrator has set in the browser; nothing where there is no such thing. */
export const managed = (): Promise<Record<string, unknown>> => chrome.storage.managed.get(null).catch(() => ({}));

export const settings = async (): Promise<Settings> => merged(await managed(), await chrome.storage.local.get([...names]));

export const setSettings = async (wanted: Record<string, unknown>): Promise<void> => chrome.storage.local.set(settingsOf(wanted));
