// The sites that may ask for signatures, and why.
import { button, element } from "../../../../wasm/page/dom.js";
import type { SiteList } from "../shared/messages.js";
import type { Language } from "../shared/native.js";
import { shared } from "../shared/words.js";
import type { OptionStrings } from "./strings.js";

/** The list; forget is for those the person switched on. */
export function sitesView({ sites }: SiteList, s: OptionStrings, language: Language, forget: (origin: string) => void): HTMLElement[] {
  const rows = sites.map((site) => {
    const why = [shared[language].allowedBy[site.by], site.older && s.older, site.hash && s.hash].filter(Boolean).join("; ");
    const text = element("div", "", element("strong", "", site.origin), element("div", "hint", why));
    if (!site.permission) text.append(element("div", "warning", s.noPermission));
    return element("li", "", text, ...(site.by === "person" ? [button(s.remove, s.removeSite(site.origin), () => forget(site.origin))] : []));
  });
  const list = rows.length === 0 ? element("p", "", s.noSites) : element("ul", "rows", ...rows);
  return [element("h2", "", s.sites), list, element("p", "hint", s.sitesHint)];
}
