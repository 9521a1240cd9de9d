// lib/wasm/wasm_exec.js of the Go that built kyso.wasm sets Go; kyso.wasm sets
// kysoEngine (wasm/main_js.go).
declare module "wasm_exec" {}

declare class Go {
  readonly importObject: WebAssembly.Imports;
  exit: (code: number) => void;
  run(instance: WebAssembly.Instance): Promise<void>;
}

/** A document, read piece by piece into one window. */
interface EngineSource {
  readonly size: number;
  readonly window: Uint8Array;
  /** Puts length bytes at offset at the window's start, or throws. */
  read(offset: number, length: number): void;
}

declare const kysoEngine: {
  verify(source: EngineSource, options: object, progress: (done: number, total: number) => void): Promise<string>;
  inspect(file: Uint8Array): Promise<string>;
};
