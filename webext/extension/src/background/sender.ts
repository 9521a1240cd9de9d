import type { PageDocument } from "../shared/native.js";
import type { Sender } from "../shared/sender.js";

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
