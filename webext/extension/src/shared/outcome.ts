// Outcomes of checks: their sign on the extension's icon, their words, and the
// list of the last ones.
import type { Verdict } from "../../../../wasm/npm/src/types.js";
import type { Trouble } from "./document.js";
import type { Language } from "./native.js";

/** A verdict, or that there is none. */
export type Outcome = Verdict | "unchecked";

export const outcomeWords: Record<Language, Record<Outcome, string>> = {
  vi: { "TOTAL-PASSED": "Hợp lệ", "TOTAL-FAILED": "Không hợp lệ", INDETERMINATE: "Chưa đủ căn cứ để kết luận", unchecked: "Chưa kiểm tra được" },
  en: { "TOTAL-PASSED": "Valid", "TOTAL-FAILED": "Not valid", INDETERMINATE: "Not enough evidence to conclude", unchecked: "Could not be checked" },
};

// A tick for what has passed and for nothing else.
export const signs: Record<Outcome, { readonly text: string; readonly color: string; readonly look: "pass" | "fail" | "unknown" }> = {
  "TOTAL-PASSED": { text: "✓", color: "#0a6138", look: "pass" },
  "TOTAL-FAILED": { text: "✗", color: "#a01423", look: "fail" },
  INDETERMINATE: { text: "!", color: "#7a4d00", look: "unknown" },
  unchecked: { text: "?", color: "#535e6d", look: "unknown" },
};

/** Shows an outcome on the icon, while this tab shows this document. The browser takes it away when the tab goes elsewhere. */
export async function showOnTab(tabId: number, name: string, outcome: Outcome, language: Language): Promise<void> {
  await Promise.all([
    chrome.action.setBadgeText({ tabId, text: signs[outcome].text }),
    chrome.action.setBadgeBackgroundColor({ tabId, color: signs[outcome].color }),
    chrome.action.setBadgeTextColor({ tabId, color: "#ffffff" }),
    chrome.action.setTitle({ tabId, title: `Kyso – ${name}: ${outcomeWords[language][outcome]}` }),
  ]);
}

/** Takes a tab's own sign away; what the icon says for all tabs stands again. */
export async function hideOnTab(tabId: number): Promise<void> {
  // null is what browsers take for that; the types do not know it.
  await Promise.all([
    chrome.action.setBadgeText({ tabId, text: null as unknown as string }),
    chrome.action.setTitle({ tabId, title: "Kyso" }),
  ]).catch(() => {}); // the tab is closed
}

/** A check that was made: nothing of the document but its name. */
export interface Check {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly name: string;
  readonly site: string;
  readonly outcome: Outcome;
  readonly trouble?: Trouble;
  /** A download that was checked by itself, of the copy its address gave a second time. */
  readonly download: boolean;
}

const key = "checks";
const kept = 20;

/** The last checks, newest first. */
export async function lastChecks(): Promise<readonly Check[]> {
  const { [key]: list } = await chrome.storage.local.get(key);
  return Array.isArray(list) ? (list as Check[]).slice(0, kept) : [];
}

/** Puts a check at the head of the list. */
export async function keepCheck(check: Check): Promise<void> {
  // Pages and the background write it.
  await navigator.locks.request(key, async () => {
    await chrome.storage.local.set({ [key]: [check, ...(await lastChecks())].slice(0, kept) });
  });
}

export const forgetChecks = (): Promise<void> => chrome.storage.local.remove(key);
