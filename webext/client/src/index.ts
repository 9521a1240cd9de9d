export type * from "./types.js";
export { connect } from "./connect.js";
export { diagnose } from "./diagnose.js";
export { KysoError } from "./errors.js";
