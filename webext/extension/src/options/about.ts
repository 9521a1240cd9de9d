// The agent's examination of this computer, and versions.
import { button, element, facts } from "../../../../wasm/page/dom.js";
import { doctorText, doctorView } from "../shared/doctor-view.js";
import type { State } from "../shared/messages.js";
import type { DoctorReport, Language } from "../shared/native.js";
import type { OptionStrings } from "./strings.js";

interface Acts {
  readonly examine: () => void;
  readonly say: (text: string) => void;
}

export function doctorSection(report: DoctorReport | undefined, s: OptionStrings, language: Language, { examine, say }: Acts): HTMLElement[] {
  const actions = element("p", "actions", button(s.examine, s.examine, examine));
  if (!report) return [element("h2", "", s.doctor), actions];
  const copy = (): void => {
    navigator.clipboard.writeText(doctorText(report, language)).then(() => say(s.copied), (error: unknown) => say(String(error)));
  };
  actions.append(button(s.copy, s.copy, copy));
  return [element("h2", "", s.doctor), doctorView(report, language), actions];
}

export function aboutView(state: State | undefined, s: OptionStrings): HTMLElement[] {
  const link = (text: string, href: string): HTMLElement => {
    const made = element("a", "", text);
    made.href = href;
    return made;
  };
  const list = facts([
    [s.extension, chrome.runtime.getManifest().version],
    [s.id, element("code", "", state?.extensionId ?? chrome.runtime.id)],
    [s.program, state?.agent?.productVersion ?? s.notConnected],
  ]);
  return [element("h2", "", s.about), list, element("p", "", s.licences, link(s.own, "LICENSE"), ", ", link(s.go, "GO-LICENSE"))];
}
