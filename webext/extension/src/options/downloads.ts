// The sites whose downloads are checked by themselves.
import { button, element } from "../../../../wasm/page/dom.js";
import { reach } from "../shared/address.js";
import { pattern, type Settings } from "../shared/messages.js";
import type { OptionStrings } from "./strings.js";

// Bounds what is stored; nobody downloads from more sites than that.
const maxSites = 50;

interface Acts {
  readonly save: (sites: readonly string[]) => void;
  readonly say: (text: string) => void;
  readonly redraw: () => void;
}

/** What reading from a site again, and telling of it, needs. */
const needed = (origin: string): chrome.permissions.Permissions => ({ permissions: ["downloads", "notifications"], origins: [pattern(origin)] });

export async function downloadsView({ checkDownloads: chosen, managed }: Settings, s: OptionStrings, acts: Acts): Promise<HTMLElement[]> {
  const locked = managed.includes("checkDownloads");
  const rows = await Promise.all(chosen.map(async (origin) => {
    const text = element("div", "", element("strong", "", origin));
    const row = element("li", "", text);
    if (!(await chrome.permissions.contains(needed(origin)).catch(() => false))) {
      text.append(element("div", "warning", s.missing));
      row.append(button(s.give, s.giveSite(origin), () => request(origin, () => acts.redraw(), () => acts.say(s.denied))));
    }
    if (!locked) row.append(button(s.remove, s.removeSite(origin), () => acts.save(chosen.filter((one) => one !== origin))));
    return row;
  }));
  const list = rows.length === 0 ? element("p", "", s.noDownloads) : element("ul", "rows", ...rows);
  const end = locked ? element("p", "hint", `🔒 ${s.managed}`) : form(chosen, s, acts);
  return [element("h2", "", s.downloads), element("p", "hint", s.downloadsHint), list, end];
}

function form(chosen: readonly string[], s: OptionStrings, acts: Acts): HTMLElement {
  const input = element("input", "");
  Object.assign(input, { type: "text", inputMode: "url", autocomplete: "off", spellcheck: false, maxLength: 300, id: "download-site" });
  const add = element("button", "", s.add);
  const made = element("form", "", element("label", "", s.address, input), add);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const origin = siteOf(input.value);
    if (!origin || chosen.length >= maxSites) return acts.say(s.badAddress);
    const given = (): void => {
      input.value = "";
      acts.save([...new Set([...chosen, origin])]);
    };
    request(origin, given, () => acts.say(s.denied));
  });
  return made;
}

/** The origin a person typed: what the browser can be asked for; "" otherwise. */
export function siteOf(typed: string): string {
  const text = typed.trim();
  const way = reach(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  return way.kind === "web" && way.askable && !/\s/.test(text) ? way.origin : "";
}

/** Asks the browser, in the person's own click. */
function request(origin: string, given: () => void, denied: () => void): void {
  chrome.permissions.request(needed(origin)).then((yes) => (yes ? given() : denied()), denied);
}
