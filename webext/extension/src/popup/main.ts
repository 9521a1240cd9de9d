// The popup: what the icon is clicked for. It shows what the background knows,
// and asks the browser for permissions in the person's own click.
import { button, element, get } from "../../../../wasm/page/dom.js";
import { checkPage, originOf, reach } from "../shared/address.js";
import { doctorView } from "../shared/doctor-view.js";
import { ask, onTold, pattern, RequestError, type State } from "../shared/messages.js";
import type { Failure, Language } from "../shared/native.js";
import { refill } from "../shared/refill.js";
import { lastChecks } from "../shared/outcome.js";
import { clearUnseen } from "../shared/unseen.js";
import { absentView, machineView } from "./machine.js";
import { pastView } from "./past.js";
import { strings } from "./strings.js";
import { shared } from "../shared/words.js";

let language: Language = "vi";
let state: State | undefined;
let tab: chrome.tabs.Tab | undefined;
let refreshing = false;

const s = () => strings[language];

function fill(id: string, title: string, ...parts: (Node | string)[]): void {
  const head = element("h2", "", title);
  head.id = `${id}-title`;
  refill(get(id), head, ...parts);
}

function drawDocument(): void {
  const url = tab?.url ?? "";
  const actions = element("p", "actions");
  if (reach(url).kind !== "none") actions.append(button(s().check, s().check, () => void leave(checkPage({ url, granted: true, ...(tab?.id !== undefined && { tab: tab.id }) }))));
  actions.append(button(s().checkOther, s().checkOther, () => void leave(checkPage())));
  actions.querySelector("button")?.classList.remove("plain");
  fill("document", s().document, element("p", "hint", s().checkHint), actions);
}

/** Opens a page beside the tab; the popup closes by itself, but not everywhere. */
async function leave(url: string): Promise<void> {
  await chrome.tabs.create({ url, ...(tab?.index !== undefined && { index: tab.index + 1 }), ...(tab?.id !== undefined && { openerTabId: tab.id }) });
  close();
}

function drawSite(note = ""): void {
  const origin = originOf(tab?.url ?? "");
  if (!origin || !state) return fill("site", s().site, element("p", "hint", state ? s().noSite : s().loading));
  const site = state.sites.sites.find((one) => one.origin === origin);
  const parts: Node[] = [element("p", "origin", origin)];
  if (note) parts.push(element("p", "warning", note));
  if (site) parts.push(element("p", "", s().allowed(shared[language].allowedBy[site.by])));
  else parts.push(element("p", "", state.sites.pairing ? s().notAllowed : state.connected ? s().closed : s().unknownSite));
  if (site && !site.permission) parts.push(element("p", "warning", s().needsPermission));
  // What the browser can be asked for: https, and this computer.
  const way = reach(origin);
  if ((site ? !site.permission : state.sites.pairing) && way.kind === "web" && way.askable) {
    if (!site) parts.push(element("p", "hint", s().allowHint));
    parts.push(element("p", "actions", button(s().allow, s().allow, () => allow(origin))));
  }
  fill("site", s().site, ...parts);
}

/** Asks the browser in the click itself; nothing may be waited for before. Its question may close this popup. */
function allow(origin: string): void {
  void ask("want-site", { origin }).catch(() => {});
  chrome.permissions.request({ origins: [pattern(origin)] }).then(async (given) => {
    if (!given) return drawSite(s().refused);
    const sites = await ask("allow-site", { origin });
    if (state) state = { ...state, sites };
    drawSite();
  }).catch((error: unknown) => drawSite(reason(error).message[language]));
}

function reason(error: unknown): Failure {
  if (error instanceof RequestError) return error.failure;
  const text = String(error);
  return { code: "INTERNAL", message: { vi: text, en: text }, remedy: { vi: "", en: "" } };
}

function drawMachine(): void {
  if (!state) return fill("machine", s().machine, element("p", "hint", s().loading));
  const parts = state.connected && state.status ? machineView(state.status, s(), language) : absentView(state.failure, s(), language);
  const actions = element("p", "actions");
  if (state.connected) actions.append(button(s().why, s().why, () => void examine()));
  fill("machine", s().machine, ...parts, ...(state.connected ? [actions] : []));
}

async function examine(): Promise<void> {
  const box = get("doctor");
  box.hidden = false;
  box.replaceChildren(element("p", "hint", s().examining));
  try {
    box.replaceChildren(doctorView(await ask("doctor"), language));
  } catch (error) {
    const { message, remedy } = reason(error);
    box.replaceChildren(element("p", "failure", message[language]), element("p", "", remedy[language]));
  }
  box.scrollIntoView({ block: "nearest" });
}

async function drawPast(): Promise<void> {
  const checks = await lastChecks();
  refill(get("past"), ...pastView(state?.status?.requests, checks, s(), language, () => void drawPast()));
}

function draw(): void {
  document.documentElement.lang = language;
  const options = get("options");
  options.textContent = s().options;
  drawDocument();
  drawSite();
  drawMachine();
  void drawPast();
}

async function refresh(): Promise<void> {
  if (refreshing) return; // asking may itself bring news of what it finds
  refreshing = true;
  try {
    state = await ask("state");
  } catch (error) {
    const settings = { language, review: "always", checkDownloads: [], managed: [] } as const;
    state = { connected: false, failure: reason(error), sites: { sites: [], pairing: false }, settings, extensionVersion: chrome.runtime.getManifest().version, extensionId: chrome.runtime.id };
  } finally {
    refreshing = false;
  }
  language = state.settings.language;
  get("version").textContent = [state.extensionVersion, state.agent && `Kyso ${state.agent.productVersion}`].filter(Boolean).join(" · ");
  draw();
}

async function start(): Promise<void> {
  language = await ask("settings").then((found) => found.language, () => language);
  // A number after # is the tab this page speaks of when it is a tab itself.
  const other = /^#(\d+)$/.exec(location.hash)?.[1];
  tab = other ? await chrome.tabs.get(Number(other)) : (await chrome.tabs.query({ active: true, currentWindow: true }))[0];
  draw();
  // The shortcut and Enter check a document that is in front of the person.
  if (/\.pdf([?#]|$)/i.test(tab?.url ?? "")) get("document").querySelector("button")?.focus();
  await clearUnseen();
  onTold(() => void refresh());
  await refresh();
}

void start();
