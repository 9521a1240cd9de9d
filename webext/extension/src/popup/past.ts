// What the popup says of the past: requests to sign, and files that were checked.
import { button, element, sign } from "../../../../wasm/page/dom.js";
import type { Language, PastRequest } from "../shared/native.js";
import { forgetChecks, outcomeWords, signs, type Check } from "../shared/outcome.js";
import { troubleWords } from "../shared/trouble.js";
import { shared, when } from "../shared/words.js";
import type { PopupStrings } from "./strings.js";

/** Two lists, folded away; changed is called when one was cleared. */
export function pastView(requests: readonly PastRequest[] | undefined, checks: readonly Check[], s: PopupStrings, language: Language, changed: () => void): HTMLElement[] {
  const folded = (id: string, title: string, ...parts: HTMLElement[]): HTMLElement => {
    const made = element("details", "", element("summary", "", title), ...parts);
    made.id = id;
    return made;
  };
  const made: HTMLElement[] = [];
  const checked = checks.length === 0 ? element("p", "hint", s.noChecks) : element("ul", "rows", ...checks.map((c) => checkRow(c, language)));
  const forget = checks.length === 0 ? [] : [element("p", "actions", button(s.forget, s.forget, () => void forgetChecks().then(changed)))];
  made.push(folded("checks", `${s.checks} (${checks.length})`, checked, ...forget));
  if (requests) {
    const list = requests.length === 0 ? element("p", "hint", s.noRequests) : element("ul", "rows", ...requests.map((r) => requestRow(r, s)));
    made.push(folded("requests", `${s.requests} (${requests.length})`, list));
  }
  return made;
}

function checkRow(check: Check, language: Language): HTMLElement {
  const { text, look } = signs[check.outcome];
  const word = element("div", "word", sign(text), outcomeWords[language][check.outcome]);
  word.dataset["look"] = look;
  const row = element("li", "", word, element("div", "", check.name));
  row.append(element("div", "hint", [when(check.time), check.site, check.download ? shared[language].download : ""].filter(Boolean).join(" · ")));
  if (check.trouble) row.append(element("div", "hint", troubleWords(check.trouble, language).message));
  return row;
}

function requestRow(r: PastRequest, s: PopupStrings): HTMLElement {
  const what = [s.kind[r.kind] ?? r.kind, s.documents(r.documents)].filter(Boolean).join(", ");
  return element("li", "",
    element("div", "", element("strong", "", r.site || s.commandLine)),
    element("div", "", [what, s.decision[r.decision] ?? r.decision].filter(Boolean).join(": ")),
    element("div", "hint", when(r.time)));
}
