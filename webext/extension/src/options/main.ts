// The options. What an administrator has set is shown, and cannot be changed.
import { get } from "../../../../wasm/page/dom.js";
import { ask, onTold, RequestError, type Settings, type SiteList, type State } from "../shared/messages.js";
import type { DoctorReport, Language } from "../shared/native.js";
import { refill } from "../shared/refill.js";
import { aboutView, doctorSection } from "./about.js";
import { choice } from "./choice.js";
import { downloadsView } from "./downloads.js";
import { sitesView } from "./sites.js";
import { strings } from "./strings.js";

let settings: Settings = { language: "vi", review: "always", checkDownloads: [], managed: [] };
let sites: SiteList = { sites: [], pairing: false };
let state: State | undefined;
let report: DoctorReport | undefined;

const s = () => strings[settings.language];

/** One sentence for eyes and for a screen reader. */
const say = (text: string): void => void (get("said").textContent = text);

async function save(change: Partial<Settings>): Promise<void> {
  try {
    settings = await ask("set-settings", { settings: change });
    draw();
    say(s().saved);
  } catch (error) {
    say(message(error));
  }
}

const message = (error: unknown): string => (error instanceof RequestError ? error.failure.message[settings.language] : String(error));

function draw(): void {
  const { language } = settings;
  document.documentElement.lang = language;
  document.title = get("title").textContent = s().title;
  const locked = (name: Settings["managed"][number]): string => (settings.managed.includes(name) ? s().managed : "");
  refill(get("language"), choice({
    name: "language", legend: s().language, chosen: language, locked: locked("language"),
    options: [["vi", "Tiếng Việt"], ["en", "English"]], change: (value) => void save({ language: value as Language }),
  }));
  refill(get("review"), choice({
    name: "review", legend: s().review, hint: s().reviewHint, chosen: settings.review, locked: locked("review"),
    options: [["always", s().always], ["stamp", s().stamp], ["never", s().never]], change: (value) => void save({ review: value as Settings["review"] }),
  }));
  refill(get("sites"), ...sitesView(sites, s(), language, (origin) => void forget(origin)));
  void drawDownloads();
  refill(get("doctor"), ...doctorSection(report, s(), language, { examine: () => void examine(), say }));
  refill(get("about"), ...aboutView(state, s()));
}

async function examine(): Promise<void> {
  say(s().examining);
  try {
    report = await ask("doctor");
    say("");
  } catch (error) {
    say(message(error));
  }
  draw();
}

async function drawDownloads(): Promise<void> {
  refill(get("downloads"), ...(await downloadsView(settings, s(), { save: (checkDownloads) => void save({ checkDownloads }), say, redraw: () => void drawDownloads() })));
}

async function forget(origin: string): Promise<void> {
  try {
    sites = await ask("forget-site", { origin });
    draw();
    say(s().saved);
  } catch (error) {
    say(message(error));
  }
}

let refreshing = false;

async function refresh(): Promise<void> {
  if (refreshing) return; // asking may itself bring news of what it finds
  refreshing = true;
  settings = await ask("settings").catch(() => settings);
  draw();
  sites = await ask("sites").catch(() => sites);
  state = await ask("state").catch(() => state);
  settings = state?.settings ?? settings;
  refreshing = false;
  draw();
}

onTold((what) => what !== "review-ended" && void refresh());
void refresh();
