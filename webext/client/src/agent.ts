import { authorize } from "./authorize.js";
import type { Connection } from "./connection.js";
import { sign } from "./sign.js";
import { signHash } from "./sign-hash.js";
import type { Agent, Certificate, Controls, Language } from "./types.js";
import { verify } from "./verify.js";

/** The public face of a connection. */
export function agentOver(c: Connection, language: Language): Agent {
  return {
    version: c.introduction.hello.productVersion,
    road: c.road.name,
    limits: c.introduction.hello.limits,
    closed: c.closed,
    status: (controls?: Controls) => c.request("status", undefined, controls),
    certificates: async (controls: Controls = {}): Promise<Certificate[]> => {
      const capability = await authorize(c, "certificates", controls);
      return c.request("certificates", { capability }, controls, [], ({ certificates }) => [...certificates]);
    },
    ...sign(c, language),
    signHash: signHash(c, language),
    verify: verify(c),
    onTokens: (told) => {
      c.tokenListeners.add(told);
      return () => void c.tokenListeners.delete(told);
    },
    close: () => c.close(),
  };
}
