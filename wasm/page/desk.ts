// The desk at which documents are judged: takes files, has the engine judge
// them, shows the reports. It sends nothing anywhere. The citizen's page and the
// browser extension's are made of it; both have index.html's elements.
import { initialize, inspect, verify } from "../npm/src/engine.js";
import { VerifyError } from "../npm/src/errors.js";
import type { InitializeOptions, Language, Report } from "../npm/src/types.js";
import { button, element, get, size } from "./dom.js";
import { Shelf } from "./shelf.js";
import { strings as own, type Strings } from "./strings.js";
import { failureView, reportView } from "./view.js";

// A person looks at a handful of documents; this bounds what a slip of the
// mouse over a large folder can start.
const maxFiles = 50;
// The largest CRLs of public authorities have some ten megabytes.
const maxEvidenceFile = 32 << 20;
const headerRange = 1024; // where "%PDF-" may stand

/** What a page is besides the desk. The zero is the citizen's page. */
export interface Options {
  /** Words instead of the desk's own, and more of them. */
  readonly strings?: Record<Language, Strings>;
  /** How it begins. Default: Vietnamese. */
  readonly language?: Language;
  /** The engine's files. Default: beside the page's script. */
  readonly engine?: InitializeOptions;
  /** Trust anchors besides those that the person gives; judging waits for them. It must not reject. */
  readonly anchors?: Promise<Anchors>;
  /** Told each document's outcome, those of cancelled ones left out. */
  readonly judged?: (file: File, outcome: Report | VerifyError) => void;
  /** Told after each drawing. */
  readonly drawn?: (language: Language) => void;
}

/** Trust anchors that were there before the person came. */
export interface Anchors {
  /** What a report that rests on them says of them. */
  readonly names: readonly string[];
  readonly certificates: readonly Uint8Array[];
}

/** The desk as the page around it sees it. */
export interface Desk {
  /** Takes files by their content: PDFs to judge, anything else as evidence. */
  readonly take: (files: readonly File[]) => Promise<void>;
  readonly language: () => Language;
}

interface Entry {
  readonly file: File;
  outcome?: Report | VerifyError;
}

let options: Options = {};
let given: Anchors = { names: [], certificates: [] };
let language: Language = "vi";
let entries: Entry[] = [];
let running: AbortController | undefined;
let again = false; // the shelf or the list changed while running
const notices: string[] = [];
const shelf = new Shelf(() => {
  for (const entry of entries) delete entry.outcome;
  draw();
  void judgeAll();
});

const s = (): Strings => (options.strings ?? own)[language];

async function take(files: readonly File[]): Promise<void> {
  notices.length = 0;
  if (files.length > maxFiles) notices.push(s().tooManyFiles(maxFiles));
  let evidence = false;
  say(s().reading);
  for (const file of files.slice(0, maxFiles)) {
    const head = new TextDecoder("latin1").decode(await file.slice(0, headerRange).arrayBuffer().catch(() => new ArrayBuffer(0)));
    if (head.includes("%PDF-") || /\.pdf$/i.test(file.name)) {
      entries = [...entries.filter((e) => e.file.name !== file.name), { file }];
    } else if (await keep(file)) {
      evidence = true;
    }
  }
  if (evidence) for (const entry of entries) delete entry.outcome;
  say(notices.join(" "));
  draw();
  await judgeAll();
}

/** Puts a certificate, CRL or OCSP response on the shelf. */
async function keep(file: File): Promise<boolean> {
  try {
    if (file.size > maxEvidenceFile) throw new Error("too large");
    const bytes = new Uint8Array(await file.arrayBuffer());
    const material = await inspect(bytes);
    if (material.kind === "unknown" || material.kind === "pdf") throw new Error("unknown");
    shelf.add(file.name, material, bytes);
    return true;
  } catch (error) {
    notices.push(error instanceof VerifyError ? `${error.messages[language]} ${error.remedies[language]}` : s().unknownFile(file.name));
    return false;
  }
}

/** Judges every document that has no outcome yet, one after the other. */
async function judgeAll(): Promise<void> {
  if (running) {
    again = true;
    running.abort();
    return;
  }
  const waiting = entries.filter((e) => !e.outcome);
  if (waiting.length === 0) return;
  const controller = (running = new AbortController());
  get("busy").hidden = false;
  const progress = get<HTMLProgressElement>("progress");
  for (const [i, entry] of waiting.entries()) {
    get("stage").textContent = s().checking(entry.file.name, i + 1, waiting.length);
    progress.removeAttribute("value");
    const outcome = (entry.outcome = await judge(entry.file, controller.signal, (part) => (progress.value = part)));
    if (!(outcome instanceof VerifyError && outcome.code === "CANCELLED")) options.judged?.(entry.file, outcome);
    if (again) break;
  }
  get("busy").hidden = true;
  get("stage").textContent = "";
  running = undefined;
  if (again) {
    again = false;
    for (const entry of waiting) if (entry.outcome instanceof VerifyError && entry.outcome.code === "CANCELLED") delete entry.outcome;
    return judgeAll();
  }
  draw();
  say([...notices, ...waiting.map(spoken)].join(" "));
  get("results-title").focus();
}

async function judge(file: File, signal: AbortSignal, onPart: (part: number) => void): Promise<Report | VerifyError> {
  try {
    given = (await options.anchors) ?? given;
    return await verify(file, {
      trust: [...given.certificates, ...shelf.anchors()],
      evidence: shelf.evidence(),
      signal,
      onProgress: ({ done, total }) => total > 0 && onPart(done / total),
    });
  } catch (error) {
    return error instanceof VerifyError ? error : new VerifyError("INTERNAL", String(error));
  }
}

/** One sentence for a screen reader. */
function spoken({ file, outcome }: Entry): string {
  if (!outcome) return "";
  return s().done(file.name, outcome instanceof VerifyError ? outcome.messages[language] : s().verdict[outcome.verdict]);
}

const say = (text: string): void => void (get("said").textContent = text);

// --- drawing

function draw(): void {
  document.documentElement.lang = language;
  document.title = s().pageTitle;
  for (const one of document.querySelectorAll<HTMLElement>("[data-text]")) {
    const text = s()[one.dataset["text"] as keyof ReturnType<typeof s>];
    if (typeof text !== "string") throw new Error(`no words for ${one.dataset["text"]}`);
    one.textContent = text;
  }
  const other = get("language");
  other.textContent = s().otherLanguage;
  other.setAttribute("aria-label", s().otherLanguageLabel);
  other.lang = language === "vi" ? "en" : "vi";
  get("about-list").replaceChildren(...s().about.map((text) => element("li", "", text)));
  get("shelf").hidden = shelf.empty;
  shelf.draw(get("materials"), s());
  const finished = entries.filter((e) => e.outcome);
  get("results").hidden = finished.length === 0;
  get("reports").replaceChildren(...finished.map(article));
  options.drawn?.(language);
}

function article(entry: Entry): HTMLElement {
  const { file, outcome } = entry;
  const context = { language, strings: s(), roots: [...given.names, ...shelf.roots] };
  const box = element("article", "report", element("h3", "", file.name));
  if (!outcome) return box;
  const actions = element("p", "actions");
  if (outcome instanceof VerifyError) {
    box.append(failureView(outcome, context));
    actions.append(button(s().retry, `${s().retry}: ${file.name}`, () => {
      delete entry.outcome;
      draw();
      void judgeAll();
    }));
  } else {
    box.append(reportView(outcome, context));
    actions.append(button(s().json, `${s().json}: ${file.name}`, () => save(`${file.name.replace(/\.pdf$/i, "")}.report.json`, outcome)));
  }
  actions.append(button(s().remove, s().removeName(file.name), () => {
    entries = entries.filter((e) => e !== entry);
    draw();
    get(get("results").hidden ? "pick" : "results-title").focus();
  }));
  box.append(actions, element("p", "hint print-only", `${file.name}, ${size(file.size, language)}`));
  return box;
}

function save(name: string, report: Report): void {
  const link = element("a", "");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(report, null, 2) + "\n"], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download has begun by then
}

// --- wiring

function wire(): void {
  const pick = get<HTMLInputElement>("pick");
  pick.addEventListener("change", () => {
    const files = [...(pick.files ?? [])];
    pick.value = ""; // the same file may be picked again
    void take(files);
  });
  const drop = get("drop");
  // A file dropped beside the box must not replace the page.
  for (const type of ["dragover", "drop"] as const) addEventListener(type, (e) => e.preventDefault());
  addEventListener("dragover", () => drop.classList.add("over"));
  addEventListener("dragleave", (e) => e.relatedTarget === null && drop.classList.remove("over"));
  addEventListener("drop", (e) => {
    drop.classList.remove("over");
    void take([...(e.dataTransfer?.files ?? [])]);
  });
  const cancel = (): void => {
    running?.abort();
  };
  get("cancel").addEventListener("click", cancel);
  addEventListener("keydown", (e) => e.key === "Escape" && cancel());
  get("print").addEventListener("click", () => print());
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details")) one.open = true;
  });
  get("language").addEventListener("click", () => {
    language = language === "vi" ? "en" : "vi";
    say("");
    draw();
  });
}

/** Opens the desk, once in the life of a page. */
export function open(how: Options = {}): Desk {
  options = how;
  language = how.language ?? "vi";
  wire();
  draw();
  get("fallback").remove();
  get("drop").hidden = get("about").hidden = false;
  // Warm up while the person looks for the file; verify tells what went wrong.
  initialize(how.engine).catch(() => undefined);
  return { take, language: () => language };
}
