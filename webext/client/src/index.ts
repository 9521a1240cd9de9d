export type * from "./types.js";
export { connect } from "./connect.js";
export { KysoError } from "./errors.js";
