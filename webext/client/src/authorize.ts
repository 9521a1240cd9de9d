import type { Connection } from "./connection.js";
import type { Params } from "./protocol.js";
import type { Controls } from "./types.js";

/** A capability for one request: the agent does nothing that matters without. */
export async function authorize(c: Connection, operation: Params["authorize"]["operation"], { signal }: Controls): Promise<string> {
  const { capability } = await c.request("authorize", { operation }, signal ? { signal } : {});
  return capability;
}
