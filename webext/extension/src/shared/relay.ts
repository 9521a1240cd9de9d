// What a page and the content script, and the content script and the background
// say to each other for one socket. docs/protocol.md, "From the page to the
// extension".

import type { Failure } from "./native.js";

/** The name of the background's ports that stand for a page's socket. */
export const pagePort = "page";

/** Bounds of one message from a page: a control frame in characters, and a piece of a document with its channel, as the agent takes them. */
export const maxText = 229376;
export const maxData = 4 + 262144;

/**
 * How many bytes of a page may be on their way to the background, or in it. The
 * agent grants one MiB at a time for a document; this leaves room for several
 * requests, and is little beside what a worker may use.
 */
export const window = 4 << 20;

/** How many bytes of a page may wait in the page's own process. */
export const maxHeld = 16 << 20;

/** How many sockets one page may have. */
export const maxSockets = 32;

export type FromPage = { t: "text"; text: string } | { t: "data"; data: ArrayBuffer } | { t: "close" };

/** probe arrives as it was where messages are structured clones, and as {} where they are JSON. */
export type FromContent = { t: "start"; probe: ArrayBuffer } | FromPage | { t: "data"; data: string };

export type ToPage =
  | { t: "open"; port: number; agentKey: string; binary: boolean }
  | { t: "text"; text: string }
  | { t: "data"; data: ArrayBuffer }
  | { t: "close"; code: number }
  /** reached: it is the agent that does not want this page. */
  | { t: "fail"; error: Failure; reached: boolean };

export type ToContent = ToPage | { t: "data"; data: string }
  /** The content script may send so many more bytes. */
  | { t: "more"; bytes: number };

/** A page's message, if it is one. */
export function fromPage(message: unknown): FromPage | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { t, text, data } = message as Record<string, unknown>;
  if (t === "close") return { t };
  if (t === "text" && typeof text === "string" && text.length <= maxText) return { t, text };
  if (t === "data" && isBytes(data) && data.byteLength <= maxData) return { t, data };
  return undefined;
}

/** A content script's message after the first, if it is one, with its bytes as bytes. */
export function fromContent(message: unknown): FromPage | undefined {
  const { t, data } = (message ?? {}) as Record<string, unknown>;
  if (t !== "data" || typeof data !== "string") return fromPage(message);
  if (data.length > 4 * Math.ceil(maxData / 3)) return undefined;
  try {
    return fromPage({ t, data: fromBase64(data) });
  } catch {
    return undefined;
  }
}

/** What a message counts against the window, in bytes; empty ones are not free. */
export const weight = (m: FromPage): number => 64 + (m.t === "text" ? m.text.length : m.t === "data" ? m.data.byteLength : 0);

// An object of another realm, as a page's is to Firefox's content scripts, is no
// instance of ours.
export const isBytes = (data: unknown): data is ArrayBuffer => Object.prototype.toString.call(data) === "[object ArrayBuffer]";

/** What newer browsers have on Uint8Array. */
interface Base64Array { toBase64?(): string }
interface Base64Arrays { fromBase64?(text: string): Uint8Array<ArrayBuffer> }

const piece = 0x8000; // arguments that every browser takes in one call

export function toBase64(data: ArrayBuffer): string {
  const bytes = new Uint8Array(data);
  const made = (bytes as Base64Array).toBase64?.();
  if (made !== undefined) return made;
  let text = "";
  for (let i = 0; i < bytes.length; i += piece) text += String.fromCharCode(...bytes.subarray(i, i + piece));
  return btoa(text);
}

export function fromBase64(text: string): ArrayBuffer {
  return ((Uint8Array as Base64Arrays).fromBase64?.(text) ?? Uint8Array.from(atob(text), (c) => c.charCodeAt(0))).buffer;
}
