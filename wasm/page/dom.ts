// Small pieces of the page.
import type { Language } from "../npm/src/types.js";

/** The element of index.html with this id. */
export function get<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found as T;
}

/** Makes <name class=…>children</name>; text is never read as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export function button(text: string, label: string, action: () => void): HTMLButtonElement {
  const made = element("button", "plain", text);
  made.type = "button";
  if (label !== text) made.setAttribute("aria-label", label);
  made.addEventListener("click", action);
  return made;
}

/** A sign for the eye beside words that say the same. */
export function sign(character: string): HTMLElement {
  const made = element("span", "sign", `${character} `);
  made.setAttribute("aria-hidden", "true");
  return made;
}

/** A list of terms and what they are; empty ones are left out. */
export function facts(rows: readonly (readonly [term: string, value: Node | string | false | undefined])[]): HTMLDListElement {
  const list = element("dl", "facts");
  for (const [term, value] of rows) {
    if (value) list.append(element("div", "", element("dt", "", term), element("dd", "", value)));
  }
  return list;
}

// Signing times are read in Vietnam, whatever the machine's own zone is.
const parts = (iso: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", ...options }).format(new Date(iso)).replace(",", "");

/** dd/mm/yyyy hh:mm:ss in Vietnam's time. */
export const moment = (iso: string): string =>
  parts(iso, { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** dd/mm/yyyy in Vietnam's time. */
export const day = (iso: string): string => parts(iso, { day: "2-digit", month: "2-digit", year: "numeric" });

/** A number of bytes for a person, in the words of the agent's window: units of 1024. */
export function size(bytes: number, language: Language): string {
  if (bytes < 1024) return `${bytes} byte`;
  const units = ["KB", "MB", "GB", "TB"];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  const number = value.toFixed(value < 9.95 ? 1 : 0);
  return `${language === "vi" ? number.replace(".", ",") : number} ${units[unit]}`;
}

/** A fingerprint in groups, to compare by eye. */
export const fingerprint = (hex: string): string => (hex.toUpperCase().match(/.{1,4}/g) ?? []).join(" ");
