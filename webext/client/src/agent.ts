import type { Connection } from "./connection.js";
import { sign } from "./sign.js";
import type { Agent, Controls, Language } from "./types.js";
import { verify } from "./verify.js";

/** The public face of a connection. */
export function agentOver(c: Connection, language: Language): Agent {
  return {
    version: c.hello.productVersion,
    limits: c.hello.limits,
    closed: c.closed,
    status: (controls?: Controls) => c.request("status", undefined, [], controls),
    certificates: (controls?: Controls) =>
      c.request("certificates", undefined, [], controls, ({ certificates }) => [...certificates]),
    ...sign(c, language),
    verify: verify(c),
    close: () => c.close(),
  };
}
