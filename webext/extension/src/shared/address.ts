// Addresses of documents, and of the page that checks them.

/** How a document at an address can be had. */
export type Reach =
  /** With the permission of this origin. */
  | { readonly kind: "web"; readonly origin: string; readonly askable: boolean }
  /** Where the person lets the extension read files. */
  | { readonly kind: "file" }
  /** Not at all: the browser's own pages, data a page made. */
  | { readonly kind: "none" };

// Longer addresses are refused: they go into the address of a page.
const maxAddress = 8192;

/** Tells how a document can be had. askable says that the browser may be asked for the permission of its site. */
export function reach(address: string): Reach {
  const url = parse(address);
  if (url?.protocol === "file:") return { kind: "file" };
  if (url?.protocol !== "https:" && url?.protocol !== "http:") return { kind: "none" };
  // What optional_host_permissions of the manifest has.
  const askable = url.protocol === "https:" || ["127.0.0.1", "localhost"].includes(url.hostname);
  return { kind: "web", origin: url.origin, askable };
}

const parse = (address: string): URL | undefined =>
  address.length <= maxAddress && URL.canParse(address) ? new URL(address) : undefined;

/** The origin of a web address; "" of any other. */
export function originOf(address: string): string {
  const found = reach(address);
  return found.kind === "web" ? found.origin : "";
}

// A name is shown and stored; a stranger chose it.
const maxName = 150;

/** The name of a document: what its server says, otherwise the end of its address. */
export function documentName(address: string, disposition: string | null = null): string {
  const said = disposition ? named(disposition) : "";
  const name = clean(last(said || decode(last(parse(address)?.pathname ?? "")))) || "tai-lieu.pdf";
  return /\.pdf$/i.test(name) ? name : `${name}.pdf`;
}

/** The file name of a Content-Disposition (RFC 6266); the extended form wins. */
function named(disposition: string): string {
  const extended = /;\s*filename\*\s*=\s*UTF-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  if (extended) return decode(extended);
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  return plain?.[1]?.replace(/\\(.)/g, "$1") ?? plain?.[2] ?? "";
}

/** What stands after the last slash of either kind. */
const last = (path: string): string => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-encoded UTF-8
  }
}

// Control characters, and those that turn the direction of writing, would show
// another name than the file has.
const clean = (name: string): string => name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").trim().slice(0, maxName);

/** What the page that checks documents is opened for. */
export interface Wanted {
  readonly url: string;
  /** The tab that shows this very document, for its badge. */
  readonly tab?: number;
  /** The browser has just given access to this address, by the person's click (activeTab). */
  readonly granted: boolean;
}

/** The address of the page that checks a document. */
export function checkPage(wanted?: Wanted): string {
  const page = chrome.runtime.getURL("verify.html");
  return wanted ? `${page}#${new URLSearchParams({ url: wanted.url, tab: String(wanted.tab ?? ""), granted: wanted.granted ? "1" : "" })}` : page;
}

/** What checkPage wrote, from location.hash. */
export function readWanted(hash: string): Wanted | undefined {
  const all = new URLSearchParams(hash.slice(1));
  const url = all.get("url");
  if (!url) return undefined;
  const tab = all.get("tab") ?? "";
  return { url, granted: all.get("granted") === "1", ...(/^\d{1,10}$/.test(tab) && { tab: Number(tab) }) };
}
