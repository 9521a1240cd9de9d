// Draws a report. No word and no sign here is kinder than the verdict: a tick
// stands beside single facts only where the whole signature passed.
import type { Language, Message, Missing, Report, Signature, Timestamp, Verdict, VerifyError } from "../npm/src/types.js";
import { day, element, facts, fingerprint, moment, sign, size } from "./dom.js";
import type { Strings } from "./strings.js";

const looks: Record<Verdict, { readonly look: string; readonly character: string }> = {
  "TOTAL-PASSED": { look: "pass", character: "✓" },
  "TOTAL-FAILED": { look: "fail", character: "✗" },
  INDETERMINATE: { look: "unknown", character: "?" },
};

/** What the page knows besides the report. */
export interface Context {
  readonly language: Language;
  readonly strings: Strings;
  /** The names of the trust anchors the person has given. */
  readonly roots: readonly string[];
}

/** The verdict over the document, then each signature. */
export function reportView(report: Report, { language, strings: s, roots }: Context): HTMLElement {
  const view = element("div", "");
  const head = verdictBox(report, language, s);
  // Whoever made the file could have made a root too: say whose word this is.
  if (report.verdict === "TOTAL-PASSED") head.append(element("p", "basis", s.basis(roots.join(", "))));
  const about = [s.summary(report.signatures.length), report.pages ? s.pages(report.pages) : "", size(report.size, language), s.judgedAt(moment(report.time))];
  head.append(element("p", "hint", about.filter(Boolean).join(" · ")));
  view.append(head);
  const advice = advise(report, s, roots.length > 0);
  if (advice) view.append(element("div", "advice", element("p", "", element("strong", "", s.noAnchorTitle)), element("p", "", advice)));
  view.append(missing(report.missing ?? [], s), messages(s.warningsTitle, report.warnings, language));
  report.signatures.forEach((one, i) => view.append(signatureView(one, i + 1, report, language, s)));
  return view;
}

/** Says why there is no report. */
export function failureView(error: VerifyError, { language, strings: s }: Context): HTMLElement {
  const box = element("div", "failure", element("p", "", sign("✗"), element("strong", "", s.couldNotLook)));
  box.append(element("p", "", error.messages[language]), element("p", "", error.remedies[language]), element("p", "hint", `${s.code}: ${error.code}`));
  return box;
}

function verdictBox(judged: Report | Signature, language: Language, s: Strings): HTMLElement {
  const { look, character } = looks[judged.verdict];
  const box = element("div", "verdict");
  box.dataset["verdict"] = look;
  box.append(element("p", "word", sign(character), element("strong", "", s.verdict[judged.verdict])));
  if (judged.reason) box.append(element("p", "reason", judged.reason[language]));
  if (judged.subIndication) box.append(element("p", "hint", `${s.code}: ${judged.subIndication}`));
  return box;
}

/** What the person can do about an undecided verdict. */
function advise(report: Report, s: Strings, hasAnchors: boolean): string {
  if (report.verdict !== "INDETERMINATE") return "";
  if (!hasAnchors && report.signatures.some((one) => one.valid && !one.trusted)) return s.noAnchor;
  return report.signatures.some((one) => one.verdict === "INDETERMINATE" && one.valid && one.revocation.status === "unknown") ? s.noRevocation : "";
}

function signatureView(one: Signature, n: number, report: Report, language: Language, s: Strings): HTMLElement {
  const { look, character } = looks[one.verdict];
  const box = element("section", "signature");
  box.dataset["verdict"] = look;
  const who = one.signer?.name ?? s.unknownSigner;
  box.append(element("h4", "", `${s.kind[one.kind]} ${n}: ${who}`));
  const badge = element("p", "badge", sign(character), s.verdict[one.verdict]);
  badge.dataset["verdict"] = look;
  box.append(badge);
  if (one.reason && report.signatures.length > 1) box.append(element("p", "reason", one.reason[language]));
  box.append(mainFacts(one, s), messages(s.warningsTitle, one.warnings, language));
  const changes = one.changes.filter((c) => c.effect !== "allowed");
  box.append(messages(s.changesTitle, changes, language));
  box.append(element("details", "", element("summary", "", s.moreTitle), moreFacts(one, report, s)));
  return box;
}

/** The fields Circular 15/2025/TT-BKHCN, Article 6(4) asks for, and what decides the verdict. */
function mainFacts(one: Signature, s: Strings): HTMLElement {
  const passed = one.verdict === "TOTAL-PASSED";
  const mark: Mark = (state, text) => {
    const made = element("span", state);
    if (state === "bad") made.append(sign("✗"));
    else if (state === "unknown") made.append(sign("?"));
    else if (passed) made.append(sign("✓"));
    made.append(text);
    return made;
  };
  const { signer, revocation } = one;
  // A digest that fits proves nothing while the signer is not proven.
  const integrity = one.valid ? mark("good", passed ? s.integrity.ok : s.integrity.fits) : mark("bad", one.intact ? s.integrity.value : s.integrity.broken);
  const changed = { none: "good", allowed: "good", undetermined: "unknown", "not-allowed": "bad" } as const;
  const covered = { "whole-file": "good", revision: "good", partial: "bad", none: "bad" } as const;
  return facts([
    [one.kind === "timestamp" ? s.field.authority : s.field.signer, signer?.name ?? s.notKnown],
    [s.field.organisation, [signer?.unit, signer?.organisation].filter(Boolean).join(", ") || s.none],
    [s.field.issuer, one.issuer ?? s.notKnown],
    [s.field.time, signingTime(one, s)],
    [s.field.timestamps, one.timestamps.length > 0 && timestamps(one.timestamps, s, mark)],
    [s.field.integrity, integrity],
    // "No change" beside content that does not match would be a kind word.
    [s.field.modification, (one.valid || changed[one.modification] !== "good") && mark(changed[one.modification], s.modification[one.modification])],
    [s.field.coverage, mark(covered[one.coverage], s.coverage[one.coverage])],
    [s.field.atSigning, atSigning(one, s, mark)],
    [s.field.certificate, signer && s.range(day(signer.notBefore), day(signer.notAfter))],
    [s.field.revocation, mark(({ good: "good", revoked: "bad", unknown: "unknown" } as const)[revocation.status], revocationText(one, s))],
  ]);
}

function signingTime(one: Signature, s: Strings): string {
  if (one.bestTime.source === "timestamp") return s.stamped(moment(one.bestTime.value));
  if (one.bestTime.source === "document-timestamp") return s.stampedDocument(moment(one.bestTime.value));
  return one.claimedTime ? s.claimed(moment(one.claimedTime)) : s.notKnown;
}

/** Draws a fact with its sign. */
type Mark = (state: "good" | "bad" | "unknown", text: string) => HTMLElement;

// A stranger must not push the rest out of sight.
const listed = 20;

/** Each timestamp with a verdict of its own: one that is not proven does not count. */
function timestamps(list: readonly Timestamp[], { stamp: s }: Strings, mark: Mark): HTMLElement {
  const states = { "TOTAL-PASSED": "good", "TOTAL-FAILED": "bad", INDETERMINATE: "unknown" } as const;
  const lines = list.slice(0, listed).map((one) => {
    const from = [one.signer, one.issuer].filter(Boolean).join(", ");
    return element("div", "", mark(states[one.verdict], `${moment(one.time)}, ${s.kind[one.kind]}${from && ` (${from})`}: ${s.verdict[one.verdict]}`));
  });
  if (list.length > listed) lines.push(element("div", "", s.more(list.length - listed)));
  return element("div", "", ...lines);
}

/** The evidence that would tell more, and where the certificates say it is. */
function missing(list: readonly Missing[], { lacking: s }: Strings): Node {
  if (list.length === 0) return document.createDocumentFragment();
  const items = list.slice(0, listed).map((one) => {
    const where = [...(one.issuers ?? []), ...(one.crls ?? []), ...(one.ocsps ?? [])].slice(0, 4).join(", ");
    return element("li", "", s[one.need](one.subject), where && ` (${s.at}: ${where})`);
  });
  if (list.length > listed) items.push(element("li", "", s.more(list.length - listed)));
  return element("div", "notes", element("p", "", element("strong", "", s.title)), element("ul", "", ...items));
}

function atSigning(one: Signature, s: Strings, mark: Mark): HTMLElement {
  switch (one.verdict) {
    case "TOTAL-PASSED":
      return mark("good", one.bestTime.source === "validation-time" ? s.atSigning.passedNow : s.atSigning.passed);
    case "TOTAL-FAILED":
      return mark("bad", s.atSigning.failed);
    case "INDETERMINATE":
      return mark("unknown", s.atSigning.unknown);
  }
}

function revocationText({ revocation: r }: Signature, s: Strings): string {
  if (r.status === "revoked") return r.revokedAt ? s.revokedAt(moment(r.revokedAt)) : s.revocation.revoked;
  if (r.status === "unknown" || !r.source) return s.revocation[r.status];
  return `${s.revocation[r.status]}, ${s.revocationSource(r.source.toUpperCase(), s.age(r.age ?? 0))}`;
}

function moreFacts(one: Signature, report: Report, s: Strings): HTMLElement {
  const { signer } = one;
  return facts([
    [s.field.level, s.level(one.level)],
    [s.field.claimed, one.claimedTime && moment(one.claimedTime)],
    [s.field.name, one.field],
    [s.field.revision, s.revision(one.revision, report.revisions)],
    [s.field.subFilter, one.subFilter],
    [s.field.algorithm, one.algorithm],
    [s.field.email, signer?.email],
    [s.field.serial, signer && element("code", "", signer.serial)],
    [s.field.sha256, signer && element("code", "", fingerprint(signer.sha256))],
    [s.code, one.subIndication],
  ]);
}

function messages(title: string, list: readonly Message[], language: Language): Node {
  if (list.length === 0) return document.createDocumentFragment();
  const items = element("ul", "", ...[...new Set(list.map((m) => m[language]))].map((text) => element("li", "", text)));
  return element("div", "notes", element("p", "", sign("▲"), element("strong", "", title)), items);
}
