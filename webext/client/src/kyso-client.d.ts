// The declarations shipped beside kyso-client.js; types.ts is shipped as
// types.d.ts.
import type { Connect, Diagnose, KysoErrorConstructor } from "./types.js";

export type * from "./types.js";
export declare const connect: Connect;
export declare const diagnose: Diagnose;
export declare const KysoError: KysoErrorConstructor;
