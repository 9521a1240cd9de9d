import { framed, insecure, permission } from "./browser.js";
import { reach } from "./connect.js";
import type { Seen } from "./connect.js";
import { clientError, KysoError } from "./errors.js";
import type { Diagnose, Diagnosis } from "./types.js";

export const diagnose: Diagnose = async ({ onPairing: _, ...options } = {}) => {
  const found: { -readonly [K in keyof Diagnosis]?: Diagnosis[K] } = {};
  const extension: Seen = { present: false };
  try {
    const agent = await reach(options, extension); // never pairs: nobody asked for that
    try {
      found.road = agent.road;
      found.agent = agent.version;
      const { state } = found.status = await agent.status();
      if (state !== "ready") found.error = clientError(state === "busy" ? "BUSY" : "NO_TOKEN", options.language ?? "vi");
    } finally {
      agent.close();
    }
  } catch (error) {
    if (!(error instanceof KysoError)) throw error;
    found.error = error;
  }
  return {
    ...found,
    ready: found.error === undefined,
    extension,
    permission: await permission(),
    secure: !insecure(),
    framed: framed(),
  };
};
