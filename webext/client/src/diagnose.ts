import { framed, insecure, permission } from "./browser.js";
import { connect } from "./connect.js";
import { clientError, KysoError } from "./errors.js";
import type { Diagnose, Diagnosis } from "./types.js";

export const diagnose: Diagnose = async ({ onPairing: _, ...options } = {}) => {
  const found: { -readonly [K in keyof Diagnosis]?: Diagnosis[K] } = {};
  try {
    const agent = await connect(options); // never pairs: nobody asked for that
    try {
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
    permission: await permission(),
    secure: !insecure(),
    framed: framed(),
  };
};
