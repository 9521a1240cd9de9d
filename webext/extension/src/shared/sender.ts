/** What is looked at of who connects. Firefox tells no origin and no lifecycle. */
export type Sender = Pick<chrome.runtime.MessageSender, "id" | "url" | "origin" | "frameId" | "documentId" | "documentLifecycle"> & {
  readonly tab?: { readonly id?: number | undefined; readonly incognito: boolean } | undefined;
};

/** Whether a message comes from a page of this extension; a content script's has the address of its page. */
export const isOwnPage = (sender: Sender, ownId: string, base: string): boolean =>
  sender.id === ownId && sender.url?.startsWith(base) === true && base.endsWith("/") && (sender.origin ?? base.slice(0, -1)) === base.slice(0, -1);

/** The same, for this extension. Its background counts as one of its pages. */
export const fromOwnPage = (sender: Sender): boolean => isOwnPage(sender, chrome.runtime.id, chrome.runtime.getURL(""));
