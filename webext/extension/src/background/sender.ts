import type { PageDocument } from "../shared/native.js";

/** What is looked at of who connects. Firefox tells no origin and no lifecycle. */
export type Sender = Pick<chrome.runtime.MessageSender, "id" | "url" | "origin" | "frameId" | "documentId" | "documentLifecycle"> & {
  readonly tab?: { readonly id?: number | undefined; readonly incognito: boolean } | undefined;
};

/**
 * The document a port of our content script is for, all of it told by the
 * browser; undefined for what is no page at the top of a tab: a frame, a page
 * prepared out of sight or put away, a sandboxed one, another extension.
 */
export function documentOf(sender: Sender | undefined, ownId: string): PageDocument | undefined {
  if (sender?.id !== ownId || sender.url === undefined || sender.frameId !== 0) return undefined;
  if (sender.tab?.id === undefined || sender.tab.id < 0) return undefined;
  if ((sender.documentLifecycle ?? "active") !== "active") return undefined;
  const { origin, protocol } = new URL(sender.url);
  // A sandboxed document has an origin that its address does not tell.
  if (origin !== (sender.origin ?? origin) || (protocol !== "https:" && protocol !== "http:")) return undefined;
  return { origin, topOrigin: origin, tab: sender.tab.id, frame: 0, documentId: sender.documentId ?? "", incognito: sender.tab.incognito };
}

/** Whether a message comes from a page of this extension; a content script's has the address of its page. */
export const isOwnPage = (sender: Sender, ownId: string, base: string): boolean =>
  sender.id === ownId && sender.url?.startsWith(base) === true && base.endsWith("/") && (sender.origin ?? base.slice(0, -1)) === base.slice(0, -1);
