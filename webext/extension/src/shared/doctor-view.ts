// Draws the report of the agent's own examination.
import { element, sign } from "../../../../wasm/page/dom.js";
import type { DoctorCheck, DoctorReport, Language } from "./native.js";
import { shared, worstFirst } from "./words.js";

const looks: Record<DoctorCheck["status"], { readonly look: string; readonly character: string }> = {
  problem: { look: "fail", character: "✗" },
  warning: { look: "unknown", character: "!" },
  unknown: { look: "unknown", character: "?" },
  ok: { look: "pass", character: "✓" },
};

/** What is wrong first, each with what can be done; the rest folded away. */
export function doctorView(report: DoctorReport, language: Language): HTMLElement {
  const s = shared[language];
  const all = worstFirst(report.checks);
  const bad = all.filter((c) => c.status === "problem" || c.status === "warning");
  const rest = all.filter((c) => !bad.includes(c));
  const view = element("div", "", element("p", "word", report.ready ? s.readyNow : s.notReady));
  if (bad.length > 0) view.append(rows(bad, language));
  if (rest.length > 0) view.append(element("details", "", element("summary", "", s.others(rest.length)), rows(rest, language)));
  return view;
}

function rows(checks: readonly DoctorCheck[], language: Language): HTMLElement {
  return element("ul", "rows", ...checks.map((c) => {
    const { look, character } = looks[c.status];
    const title = element("p", "word", sign(character), `${shared[language].status[c.status]}: ${c.title[language]}`);
    title.dataset["look"] = look;
    return element("li", "", title, element("p", "", c.detail[language]), ...(c.remedy ? [element("p", "", c.remedy[language])] : []));
  }));
}

/** The report for a message to whoever helps. */
export function doctorText(report: DoctorReport, language: Language): string {
  const lines = worstFirst(report.checks).map((c) =>
    [`[${shared[language].status[c.status]}] ${c.title[language]}: ${c.detail[language]}`, c.remedy && `    → ${c.remedy[language]}`].filter(Boolean).join("\n"));
  return [`Kyso ${report.version}`, ...lines].join("\n") + "\n";
}
