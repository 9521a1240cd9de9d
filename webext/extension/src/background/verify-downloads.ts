// Checks one finished download: fetches its address again, has the copy judged,
// and says so on the icon, in a notification and in the list of last checks.
import { check, type Job, type Result } from "../checker/check.js";
import { documentName, originOf } from "../shared/address.js";
import { loadAnchors } from "../shared/anchors.js";
import type { Anchors, Language } from "../shared/native.js";
import { keepCheck, outcomeWords } from "../shared/outcome.js";
import { troubleWords } from "../shared/trouble.js";
import { showUnseen } from "../shared/unseen.js";

export interface Download {
  readonly url: string;
  readonly finalUrl?: string;
  readonly referrer?: string;
  readonly filename: string;
  readonly mime: string;
  readonly fileSize: number;
}

const words: Record<Language, { readonly copy: string; readonly drop: string }> = {
  vi: { copy: "Kết quả của bản tải lại từ cùng địa chỉ.", drop: "Mở Kyso rồi thả tệp đã tải vào để kiểm tra." },
  en: { copy: "This is the result of the copy fetched again from the same address.", drop: "Open Kyso and drop the downloaded file there to check it." },
};

// Each waits for those before; a page that starts more downloads than that
// gets the rest unchecked.
const maxWaiting = 20;
let waiting = 0;
let queue: Promise<unknown> = Promise.resolve();

/** Checks a download; anchors asks the agent for what the person trusts. */
export async function checkDownload(item: Download, language: Language, anchors: () => Promise<Anchors>): Promise<void> {
  if (waiting >= maxWaiting) return report(item, { outcome: "unchecked", trouble: "busy" }, language);
  waiting++;
  const turn = queue.then(async () => {
    const address = item.finalUrl || item.url;
    const job = { url: address, final: item.finalUrl !== undefined, size: item.fileSize, anchors: await loadAnchors(anchors) };
    return hasWorkers() ? check(job) : offscreen(job);
  });
  queue = turn.catch(() => undefined);
  const result = await turn.catch((error: unknown): Result => ({ outcome: "unchecked", trouble: "engine", detail: String(error) }));
  if (--waiting === 0) await chrome.offscreen?.closeDocument().catch(() => undefined); // gives the engine's memory back
  await report(item, result, language);
}

// Firefox runs the background as a page, which can have workers.
const hasWorkers = (): boolean => typeof Worker !== "undefined" && typeof document !== "undefined";

/** Has the job done in Chrome's offscreen document. */
async function offscreen(job: Job): Promise<Result> {
  // Rejects when it is there already.
  await chrome.offscreen.createDocument({ url: "checker.html", reasons: ["WORKERS"], justification: "judges a downloaded document" }).catch(() => undefined);
  return new Promise((resolve, reject) => {
    const port = chrome.runtime.connect({ name: "checker" });
    port.onDisconnect.addListener(() => reject(new Error(chrome.runtime.lastError?.message ?? "the checker has gone")));
    port.onMessage.addListener((message: { type: "alive" } | { type: "done"; result: Result }) => {
      if (message.type !== "done") return;
      resolve(message.result);
      port.disconnect();
    });
    port.postMessage(job);
  });
}

async function report(item: Download, { outcome, trouble }: Result, language: Language): Promise<void> {
  const name = documentName(`file:///${encodeURIComponent(item.filename.replace(/^.*[\\/]/, ""))}`);
  const site = originOf(item.finalUrl || item.url) || originOf(item.referrer ?? "");
  await keepCheck({ time: Date.now(), name, site, outcome, download: true, ...(trouble && { trouble }) });
  await showUnseen(outcome, language);
  const s = words[language];
  await chrome.notifications?.create({
    type: "basic",
    iconUrl: "icons/128.png",
    title: `${name}: ${outcomeWords[language][outcome]}`,
    message: [outcome === "unchecked" ? `${troubleWords(trouble ?? "engine", language).message} ${s.drop}` : s.copy, site].filter(Boolean).join("\n"),
  });
}
