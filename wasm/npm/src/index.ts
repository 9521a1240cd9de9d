export type * from "./types.js";
export { initialize, inspect, verify } from "./engine.js";
export { VerifyError } from "./errors.js";
