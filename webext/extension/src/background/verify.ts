// Checking documents where people meet them: the entries of context menus, and
// downloads of the sites the person chose.
import { checkPage, originOf, reach } from "../shared/address.js";
import type { Anchors, Language } from "../shared/native.js";
import { checkDownload, type Download } from "./verify-downloads.js";

/** What the background knows already. */
export interface Known {
  readonly settings: () => Promise<{ readonly language: Language; readonly checkDownloads: readonly string[] }>;
  readonly anchors: () => Promise<Anchors>;
}

const words = {
  vi: { link: "Kiểm tra chữ ký của tệp này", page: "Kiểm tra chữ ký trong tài liệu này", action: "Kiểm tra chữ ký trong tài liệu này" },
  en: { link: "Check the signatures of this file", page: "Check the signatures in this document", action: "Check the signatures in this document" },
} as const;

/** Listens; called while the background's script is first run, as browsers want it. */
export function startVerify(known: Known): void {
  const draw = (): void => void known.settings().then(({ language }) => drawMenus(language));
  chrome.runtime.onInstalled.addListener(draw);
  chrome.runtime.onStartup.addListener(draw);
  chrome.storage.onChanged.addListener(({ language }) => language && draw());
  chrome.contextMenus.onClicked.addListener((info, tab) => void openCheck(info, tab));
  const finished = (change: chrome.downloads.DownloadDelta): void => {
    if (change.state?.current === "complete") void downloaded(change.id, known);
  };
  // The permission may come later; the same listener twice is one.
  const listen = (): void => chrome.downloads?.onChanged.addListener(finished);
  listen();
  chrome.permissions.onAdded.addListener(listen);
  // A page is opened by a notification's click; what it says is in the popup.
  const opened = (): void => void chrome.tabs.create({ url: checkPage() });
  const answer = (): void => chrome.notifications?.onClicked.addListener(opened);
  answer();
  chrome.permissions.onAdded.addListener(answer);
}

async function drawMenus(language: Language): Promise<void> {
  const s = words[language];
  // PDFs by their address; those without such a name are checked from the icon.
  const documents = ["http", "https", "file"].flatMap((scheme) =>
    ["pdf", "PDF"].flatMap((end) => (scheme === "file" ? [`file:///*.${end}`] : [`${scheme}://*/*.${end}`, `${scheme}://*/*.${end}?*`])));
  await chrome.contextMenus.removeAll();
  const add = (one: chrome.contextMenus.CreateProperties): void => void chrome.contextMenus.create(one, () => void chrome.runtime.lastError);
  add({ id: "link", title: s.link, contexts: ["link"], targetUrlPatterns: ["http://*/*", "https://*/*", "file:///*"] });
  add({ id: "page", title: s.page, contexts: ["page"], documentUrlPatterns: documents });
  add({ id: "action", title: s.action, contexts: ["action"] });
}

/** Opens the page that checks what was clicked on, beside its tab. */
export async function openCheck(info: chrome.contextMenus.OnClickData, tab?: chrome.tabs.Tab): Promise<void> {
  const link = info.menuItemId === "link";
  const url = link ? info.linkUrl : (tab?.url ?? info.pageUrl);
  const shown = tab?.url ?? info.pageUrl ?? "";
  const wanted = url && reach(url).kind !== "none" ? {
    url,
    ...(!link && tab?.id !== undefined && { tab: tab.id }),
    // A click gives the tab's own site (activeTab), not a link's other one.
    granted: !link || originOf(url) === originOf(shown),
  } : undefined;
  await chrome.tabs.create({ url: checkPage(wanted), ...(tab && tab.index >= 0 && { index: tab.index + 1, openerTabId: tab.id, windowId: tab.windowId }) });
}

/** Checks a finished download when the person chose its site. */
async function downloaded(id: number, known: Known): Promise<void> {
  const { language, checkDownloads } = await known.settings();
  if (checkDownloads.length === 0) return;
  const [item] = await chrome.downloads.search({ id });
  if (!item || !wanted(item, checkDownloads)) return;
  await checkDownload(item, language, known.anchors);
}

/** Whether a download is to be checked: a PDF, from a chosen site, that leaves traces anyway. */
export function wanted(item: Download & { readonly incognito: boolean; readonly byExtensionId?: string | undefined }, chosen: readonly string[]): boolean {
  if (item.incognito || item.byExtensionId) return false;
  if (item.mime !== "application/pdf" && !/\.pdf$/i.test(item.filename)) return false;
  return [item.finalUrl, item.url, item.referrer].some((one) => one && chosen.includes(originOf(one)));
}
