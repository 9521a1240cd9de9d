// The page that checks the document of a tab or a link, or any that is dropped
// on it: the citizen's page's desk, with the anchors of this computer.
import { VerifyError } from "../../../../wasm/npm/src/errors.js";
import { inspect } from "../../../../wasm/npm/src/engine.js";
import type { Report } from "../../../../wasm/npm/src/types.js";
import { open, type Anchors as Given, type Desk } from "../../../../wasm/page/desk.js";
import { element, get } from "../../../../wasm/page/dom.js";
import { originOf, readWanted } from "../shared/address.js";
import { bytes, loadAnchors, readable, type Anchor } from "../shared/anchors.js";
import { ask } from "../shared/messages.js";
import type { Language } from "../shared/native.js";
import { keepCheck, hideOnTab, showOnTab, type Outcome } from "../shared/outcome.js";
import { Source } from "./source.js";
import { strings } from "./strings.js";

// The agent may have to be started first, which it is given 10 s for.
const patience = 12_000;
// More than these are not listed one by one beside a verdict.
const namedRoots = 3;

const wanted = readWanted(location.hash);
let language: Language = "vi";
let anchors: readonly Anchor[] | undefined;
let left = false; // the tab has gone elsewhere
let signed = false; // its icon has been given a sign
let desk: Desk;
const source = new Source(() => strings[language]);

// Listened to from the start: what the tab shows later is another document.
chrome.tabs.onUpdated.addListener((id, change) => {
  if (id !== wanted?.tab || change.status !== "loading") return;
  left = true;
  if (signed) void hideOnTab(id); // the sign may have come a moment too late
  signed = false;
});

async function start(): Promise<void> {
  language = await ask("settings").then((s) => s.language, () => "vi");
  const given = loadAnchors(() => within(patience, ask("anchors"))).then(use, () => use([]));
  desk = open({
    strings,
    language,
    engine: { wasmURL: chrome.runtime.getURL("kyso.wasm"), workerURL: chrome.runtime.getURL("worker.js") },
    anchors: given,
    judged: (file, outcome) => void judged(file, outcome),
    drawn: (now) => {
      language = now;
      source.draw();
      drawTrust();
    },
  });
  drawTrust();
  // A File that was copied, from a file manager or a message.
  addEventListener("paste", (e) => {
    const files = [...(e.clipboardData?.files ?? [])];
    if (files.length > 0) void desk.take(files);
  });
  if (wanted) await source.open(wanted, (file) => desk.take([file]));
}

/** Gives up on a promise after so many milliseconds. */
const within = <T>(ms: number, promise: Promise<T>): Promise<T> =>
  Promise.race([promise, new Promise<never>((_, reject) => setTimeout(() => reject(new Error("too late")), ms))]);

async function use(all: readonly Anchor[]): Promise<Given> {
  anchors = await readable(all, inspect);
  drawTrust();
  const names = anchors.map((a) => a.name);
  return {
    names: names.length > namedRoots ? [strings[language].manyRoots(names.length)] : names,
    certificates: anchors.map(bytes),
  };
}

/** Tells the tab's icon and the list of last checks. What was dropped here is nobody's tab, and is not kept. */
async function judged(file: File, result: Report | VerifyError): Promise<void> {
  if (!wanted || file !== source.file) return;
  const outcome: Outcome = result instanceof VerifyError ? "unchecked" : result.verdict;
  const tab = wanted.tab === undefined ? undefined : await chrome.tabs.get(wanted.tab).catch(() => undefined);
  // The address is only told where the extension may see it; where it is not
  // told, the tab has left what the person clicked on.
  if (tab?.id !== undefined && tab.url === wanted.url && !left) {
    signed = true;
    await showOnTab(tab.id, file.name, outcome, language);
    if (left) await hideOnTab(tab.id);
  }
  if (tab?.incognito || chrome.extension.inIncognitoContext) return;
  await keepCheck({ time: Date.now(), name: file.name, site: originOf(wanted.url), outcome, download: false });
}

function drawTrust(): void {
  const s = strings[language];
  const text = !anchors ? s.trustWaiting : anchors.length === 0 ? s.trustNone : s.trustSome(anchors.length);
  const list = (anchors ?? []).map((a) => element("li", "", element("strong", "", a.name), ` (${a.by === "agent" ? s.byAgent : s.byManaged})`));
  get("trust").replaceChildren(element("h2", "", s.trustTitle), element("p", "", text), ...(list.length > 0 ? [element("ul", "", ...list)] : []));
}

void start();
