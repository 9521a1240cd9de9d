// What the page asks the extension's background for.
import { ask, RequestError } from "../shared/messages.js";
import { failure, FrameError } from "./frames.js";
import { text } from "./failures.js";
import { Refused } from "./link.js";
import type { Permit } from "./link.js";

/** A capability for the review of this ticket. Rejects with Refused when there is nothing to review. */
export async function permit(ticket: string): Promise<Permit> {
  const { capability, port } = await ask("review-open", { ticket }).catch((error: unknown) => {
    throw error instanceof RequestError ? new Refused(failure(error.failure)) : error;
  });
  if (typeof capability !== "string" || !/^[A-Za-z0-9_-]{16,100}$/.test(capability)) throw new FrameError("capability");
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new FrameError("port");
  return { capability, port };
}

/** The ticket this page was opened with. */
export function ticket(): string {
  const found = location.hash.slice(1);
  if (!/^[A-Za-z0-9_-]{8,200}$/.test(found)) throw new Refused(text("NO_TICKET"));
  return found;
}
