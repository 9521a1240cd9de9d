// Gets a document from its address, once, in pieces.
import { documentName, reach } from "./address.js";

/** Why a document could not be had. */
export type Trouble =
  /** An address that cannot be fetched at all. */
  | "address"
  /** The browser does not let the extension read from this site. */
  | "permission"
  /** The browser does not let the extension read files. */
  | "file-access"
  /** The server answered with an error; detail is its number. */
  | "refused"
  /** The address leads elsewhere now: what is there need not be the document. */
  | "moved"
  | "network"
  | "too-large"
  | "not-pdf"
  /** It is not as long as the one that was downloaded. */
  | "different"
  /** The engine could not look; detail is its code. */
  | "engine"
  /** Too many downloads at once. */
  | "busy"
  | "cancelled";

export class DocumentError extends Error {
  constructor(readonly trouble: Trouble, readonly detail = "") {
    super(`${trouble} ${detail}`.trim());
    this.name = "DocumentError";
  }
}

// Scanned files of some hundred pages have some two hundred megabytes.
export const maxDocument = 512 << 20;
// So much is held by the page at once; the browser puts away what is in a Blob.
const piece = 4 << 20;
const headerRange = 1024; // where "%PDF-" may stand

export interface Fetching {
  readonly signal?: AbortSignal;
  /**
   * The address is already where others led to. Then one that leads further gives
   * something else than it did; and a site cannot have another one asked, with
   * the person's session there.
   */
  readonly final?: boolean;
  /** In bytes; total is 0 where the server does not say. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Fetches a PDF with the person's own session on its site. Rejects with a DocumentError. */
export async function fetchDocument(address: string, how: Fetching = {}): Promise<File> {
  const way = reach(address);
  if (way.kind === "none") throw new DocumentError("address");
  if (way.kind === "file" && !(await readsFiles())) throw new DocumentError("file-access");
  const response = await request(address, way.kind, how);
  if (response.type === "opaqueredirect") throw new DocumentError("moved");
  if (!response.ok && response.type !== "opaque" && way.kind === "web") throw new DocumentError("refused", String(response.status));
  const name = documentName(address, response.headers.get("Content-Disposition"));
  const file = new File(await pieces(response, how), name, { type: "application/pdf" });
  const head = new TextDecoder("latin1").decode(await file.slice(0, headerRange).arrayBuffer());
  if (!head.includes("%PDF-")) throw new DocumentError("not-pdf");
  return file;
}

/** Whether the browser lets the extension read file: addresses. Firefox never does. */
export async function readsFiles(): Promise<boolean> {
  return (await chrome.extension?.isAllowedFileSchemeAccess?.()) ?? false;
}

async function request(address: string, kind: "web" | "file", { signal, final = false }: Fetching): Promise<Response> {
  try {
    return await fetch(address, { credentials: kind === "web" ? "include" : "same-origin", redirect: final ? "manual" : "follow", ...(signal && { signal }) });
  } catch {
    if (signal?.aborted) throw new DocumentError("cancelled");
    if (kind === "file") throw new DocumentError("file-access");
    const origins = [`${new URL(address).origin}/*`];
    // Firefox knows no pattern with a port, and says so by throwing.
    const allowed = await chrome.permissions.contains({ origins }).catch(() => false);
    throw new DocumentError(allowed ? "network" : "permission");
  }
}

async function pieces(response: Response, { signal, onProgress }: Fetching): Promise<Blob[]> {
  const total = Number(response.headers.get("Content-Length") ?? 0);
  if (total > maxDocument) throw new DocumentError("too-large");
  const whole: Blob[] = [];
  let held: Uint8Array<ArrayBuffer>[] = [];
  let [done, waiting] = [0, 0];
  try {
    const reader = response.body!.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      done += part.value.length;
      waiting += part.value.length;
      if (done > maxDocument) {
        void reader.cancel();
        throw new DocumentError("too-large");
      }
      held.push(part.value);
      if (waiting >= piece) {
        whole.push(new Blob(held));
        [held, waiting] = [[], 0];
      }
      onProgress?.(done, total);
    }
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    throw new DocumentError(signal?.aborted ? "cancelled" : "network");
  }
  return [...whole, new Blob(held)];
}
