// What the popup says of the agent, the token and its certificates.
import { element, sign } from "../../../../wasm/page/dom.js";
import type { AgentStatus, Failure, Language } from "../shared/native.js";
import { lifetime } from "../shared/words.js";
import type { PopupStrings } from "./strings.js";

/** The agent answers: its state, each token's PIN, each certificate. */
export function machineView(status: AgentStatus, s: PopupStrings, language: Language): HTMLElement[] {
  const ready = status.state === "ready";
  const state = element("p", "word", sign(ready ? "✓" : "!"), s.state[status.state] ?? status.state);
  state.dataset["look"] = ready ? "pass" : "unknown";
  const parts = [state];
  for (const token of status.tokens) {
    const pin = s.pin[token.pinState];
    if (pin) parts.push(element("p", "warning", element("strong", "", token.label), `: ${pin}`));
  }
  if (status.tokens.length > 0 && status.certificates.length === 0) parts.push(element("p", "warning", s.noCertificate));
  if (status.certificates.length === 0) return parts;
  const rows = status.certificates.map((one) => {
    const { text, warn } = lifetime(one, language);
    const row = element("li", "", element("strong", "", one.holder));
    if (one.organisation) row.append(element("div", "hint", one.organisation));
    row.append(element("div", warn ? "warning" : "hint", text));
    if (one.problem) row.append(element("div", "warning", one.problem));
    return row;
  });
  return [...parts, element("ul", "rows", ...rows)];
}

/** It does not: why, and how to come to it. */
export function absentView(failure: Failure | undefined, s: PopupStrings, language: Language): HTMLElement[] {
  const state = element("p", "word", sign("!"), s.absent);
  state.dataset["look"] = "unknown";
  const parts = [state];
  if (failure) {
    const box = element("div", "warning", element("p", "", failure.message[language]));
    if (failure.remedy[language]) box.append(element("p", "", failure.remedy[language]));
    parts.push(box);
  }
  const more = element("details", "", element("summary", "", s.installed), element("p", "", s.restart));
  // The boxes of Linux, which the browser itself does not tell of.
  if (/Linux/.test(navigator.userAgent)) more.append(element("p", "", s.sandboxed));
  return [...parts, element("p", "", s.install), more];
}
