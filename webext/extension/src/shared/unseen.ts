// Outcomes of downloads that nobody has looked at yet, on the extension's icon.
import type { Language } from "./native.js";
import { signs, type Outcome } from "./outcome.js";

const titles: Record<Language, (n: number) => string> = {
  vi: (n) => `Kyso – đã xét ${n} tệp tải về, bấm để xem kết quả`,
  en: (n) => `Kyso – looked at ${n} downloaded ${n === 1 ? "file" : "files"}, click to see`,
};
const key = "unseen";
const most = 99; // what a badge has room for

/**
 * Adds an outcome to those nobody has seen. The icon shows the worst one's sign,
 * or how many passed: never a tick, for the icon stands beside every page.
 */
export function showUnseen(outcome: Outcome, language: Language): Promise<void> {
  return locked(async () => {
    const { [key]: before = [] } = (await chrome.storage.session.get(key)) as { [key]?: Outcome[] };
    const all = [...before, outcome].slice(-most);
    await chrome.storage.session.set({ [key]: all });
    const worst = (["TOTAL-FAILED", "INDETERMINATE", "unchecked"] as const).find((one) => all.includes(one));
    await chrome.action.setBadgeText({ text: worst ? signs[worst].text : String(all.length) });
    await chrome.action.setBadgeBackgroundColor({ color: worst ? signs[worst].color : "#1d4e89" });
    await chrome.action.setBadgeTextColor({ color: "#ffffff" });
    await chrome.action.setTitle({ title: titles[language](all.length) });
  });
}

/** The person has looked: the icon is as it was. */
export function clearUnseen(): Promise<void> {
  return locked(async () => {
    const { [key]: before } = await chrome.storage.session.get(key);
    if (!before) return;
    await chrome.storage.session.remove(key);
    await chrome.action.setBadgeText({ text: "" });
    await chrome.action.setTitle({ title: "Kyso" });
  });
}

const locked = async (work: () => Promise<void>): Promise<void> => void (await navigator.locks.request(key, work));
