// Parts of the page that only show.
import { button, element, facts, get, sign } from "../../../../wasm/page/dom.js";
import { failureView, reportView } from "../../../../wasm/page/view.js";
import type { Report } from "../../../../wasm/npm/src/types.js";
import type { Failure } from "../shared/native.js";
import type { Document, Outcome, Review } from "./frames.js";
import type { Known } from "./reader.js";
import { dayOf, reports } from "./strings.js";
import type { Strings } from "./strings.js";

/** Puts the words of a language where review.html names them. */
export function label(s: Strings, language: "vi" | "en"): void {
  document.documentElement.lang = language;
  document.title = s.pageTitle;
  for (const one of document.querySelectorAll<HTMLElement>("[data-text]")) {
    const text = s[one.dataset["text"] as keyof Strings];
    if (typeof text !== "string") throw new Error(`no words for ${one.dataset["text"]}`);
    one.textContent = text;
  }
}

/** Who asks, and who signs as what. */
export function drawRequest(review: Review, s: Strings): void {
  get("origin").textContent = review.origin;
  get("plain").hidden = !review.origin.startsWith("http:");
  const { certificate } = review;
  const until = certificate && dayOf(certificate.notAfter);
  get("who").replaceChildren(facts([
    [s.signer, certificate ? [certificate.holder, certificate.organisation].filter(Boolean).join(", ") : s.chooseLater],
    [s.issuer, certificate ? [certificate.issuer, until && s.until(until)].filter(Boolean).join(", ") : ""],
    [s.level, review.level && (s.levels[review.level] ?? review.level)],
    [s.profile, [profileName(review.profile, s), review.template !== review.profile && review.template && s.template(review.template)].filter(Boolean).join(", ")],
  ]));
}

/** What a profile is called. */
const profileName = (profile: string, s: Strings): string => s.profiles[profile] ?? profile;

/** Whether the bytes that were read are not those that the agent will sign. */
export const differs = (known: Known | undefined, document: Document): boolean =>
  known?.sha256 !== undefined && (known.sha256 !== document.sha256 || known.words !== document.words);

/** The words of this page's digest beside those that Kyso's window will show. */
function wordsView(known: Known | undefined, document: Document, s: Strings): HTMLElement {
  const box = element("div", "compare");
  if (differs(known, document)) {
    box.append(element("div", "failure", element("p", "", sign("✗"), element("strong", "", s.mismatch)), element("p", "", s.mismatchHelp)));
  }
  const own = known?.words ? element("dd", "words", known.words) : element("dd", "hint", s.wordsLater);
  const theirs = element("dd", "words", document.words);
  if (differs(known, document)) for (const one of [own, theirs]) one.classList.add("bad");
  box.append(element("dl", "", element("div", "", element("dt", "", s.ownWords), own), element("div", "", element("dt", "", s.agentWords), theirs)));
  return box;
}

/** What is known of the signatures that a document already has. */
function earlierView(known: Known | undefined, document: Document, language: "vi" | "en", s: Strings): HTMLElement {
  const box = element("div", "earlier");
  if (document.broken > 0) box.append(element("p", "bad", sign("✗"), s.broken(document.broken)));
  if (document.signatures === 0) box.append(element("p", "hint", s.noEarlier));
  else if (!known?.report) box.append(element("p", "hint", known?.sha256 ? s.judging : s.judgeLater));
  else {
    const context = { language, strings: reports[language], roots: hasAnchors ? [""] : [] };
    box.append("code" in known.report ? failureView(known.report, context) : reportView(known.report as Report, context));
  }
  return box;
}

/** What is known of the open document. Its earlier signatures are drawn again only when more is known, so that details which were opened stay so. */
export function drawFacts(opened: number, known: Known | undefined, document: Document, language: "vi" | "en", s: Strings): void {
  get("words").replaceChildren(wordsView(known, document, s));
  get("notes-section").hidden = document.notices.length === 0;
  get("notes").replaceChildren(...document.notices.map((notice) => element("li", "", notice[language])));
  const earlier = get("earlier");
  const now = [opened, known?.sha256, known?.report !== undefined].join();
  if (earlier.dataset["drawn"] === now) return;
  earlier.dataset["drawn"] = now;
  earlier.replaceChildren(earlierView(known, document, language, s));
}

/** The choice of what the signatures stand for, where there is one. */
export function drawProfile(review: Review, enabled: boolean, s: Strings, choose: (profile: string) => void): void {
  const box = get("profile");
  if (review.profiles.length < 2) return box.replaceChildren();
  let select = box.querySelector("select");
  if (!select) {
    const made = (select = element("select", ""));
    made.id = "profile-select";
    made.append(...review.profiles.map((one) => new Option(profileName(one, s), one)));
    made.addEventListener("change", () => choose(made.value));
    const label = element("label", "", s.profile, made);
    label.htmlFor = made.id;
    box.replaceChildren(label);
  }
  select.value = review.profile;
  select.disabled = !enabled;
}

let hasAnchors = false;

/** Tells whether signatures are judged with any trust anchor. */
export const setAnchors = (some: boolean): void => void (hasAnchors = some);

/** Documents that cannot be signed, and why. */
export function leftOutView(review: Review, s: Strings): HTMLElement | string {
  if (review.leftOut.length === 0) return "";
  const items = review.leftOut.map(({ name, message }) => element("li", "", element("strong", "", name), `: ${message[review.language]}`));
  return element("details", "", element("summary", "", s.leftOut(review.leftOut.length)), element("ul", "", ...items));
}

/** What the person does now: compares, in the agent's window, the words of every document. */
export function askingView(review: Review, known: readonly Known[], asking: boolean, s: Strings): HTMLElement {
  const box = element("div", "advice asking", element("h2", "", asking ? s.asking : s.confirmed), element("p", "", s.askingHelp));
  const rows = review.documents.map((one, i) => element("li", "", element("span", "name", one.name), element("span", "words", known[i]?.words ?? "")));
  box.append(element("ol", "", ...rows));
  return box;
}

/** How it ended. */
export function endedView(outcome: Outcome, s: Strings, close: () => void): HTMLElement {
  const box = element("div", outcome === "signed" ? "advice ended" : "failure ended", element("h2", "", s.outcome[outcome]), element("p", "hint", s.closing));
  box.append(element("p", "actions", button(s.close, s.close, close)));
  return box;
}

/** Why there is no review. */
export function stoppedView(why: Failure, language: "vi" | "en", s: Strings, close: () => void): HTMLElement {
  const box = element("div", "failure ended", element("h2", "", s.stopped), element("p", "", why.message[language]), element("p", "", why.remedy[language]));
  box.append(element("p", "hint", `${s.code}: ${why.code}`), element("p", "actions", button(s.close, s.close, close)));
  return box;
}
