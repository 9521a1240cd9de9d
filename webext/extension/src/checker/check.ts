// Checks a document that was downloaded, without a page to show it on.
import { initialize, inspect, verify } from "../../../../wasm/npm/src/engine.js";
import { VerifyError } from "../../../../wasm/npm/src/errors.js";
import { bytes, readable, type Anchor } from "../shared/anchors.js";
import { DocumentError, fetchDocument, type Trouble } from "../shared/document.js";
import type { Outcome } from "../shared/outcome.js";

export interface Job {
  readonly url: string;
  /** No other address led to it, or it is the one they led to. */
  readonly final: boolean;
  /** How long the file is that was downloaded, in bytes; -1 is not known. */
  readonly size: number;
  readonly anchors: readonly Anchor[];
}

export interface Result {
  readonly outcome: Outcome;
  readonly trouble?: Trouble;
  readonly detail?: string;
}

/** Fetches and judges; never rejects. */
export async function check({ url, final, size, anchors }: Job): Promise<Result> {
  try {
    const file = await fetchDocument(url, { final });
    // Another length is another document: it would say nothing of the first.
    if (size >= 0 && file.size !== size) throw new DocumentError("different");
    await initialize({ wasmURL: chrome.runtime.getURL("kyso.wasm"), workerURL: chrome.runtime.getURL("worker.js") });
    const { verdict } = await verify(file, { trust: (await readable(anchors, inspect)).map(bytes) });
    return { outcome: verdict };
  } catch (error) {
    if (error instanceof DocumentError) return { outcome: "unchecked", trouble: error.trouble, detail: error.detail };
    return { outcome: "unchecked", trouble: "engine", detail: error instanceof VerifyError ? error.code : String(error) };
  }
}
