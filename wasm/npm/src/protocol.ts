// What the page and the worker say to each other.
import type { ErrorCode } from "./types.js";

/** Options as the engine takes them: bytes and numbers alone. */
export interface EngineOptions {
  readonly at: number;
  readonly trust: readonly Uint8Array[];
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
}

export type Job =
  | { readonly type: "verify"; readonly source: Blob | Uint8Array; readonly options: EngineOptions }
  | { readonly type: "inspect"; readonly file: Uint8Array };

/** Page to worker: first the compiled engine, then one job at a time. */
export type ToWorker = { readonly type: "start"; readonly module: WebAssembly.Module } | Job;

/** Worker to page. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  /** The answer to the job, JSON text. */
  | { readonly type: "answer"; readonly json: string }
  | { readonly type: "failure"; readonly code: ErrorCode; readonly detail: string };
