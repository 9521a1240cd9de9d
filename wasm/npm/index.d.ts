// The declarations shipped beside index.js; src/types.ts is shipped as
// types.d.ts.
import type { Initialize, Inspect, Verify, VerifyErrorConstructor } from "./types.js";

export type * from "./types.js";
export declare const initialize: Initialize;
export declare const verify: Verify;
export declare const inspect: Inspect;
export declare const VerifyError: VerifyErrorConstructor;
