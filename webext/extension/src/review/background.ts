// What the page asks the extension's background for.
import { failure, FrameError } from "./frames.js";
import { text } from "./failures.js";
import { Refused } from "./link.js";
import type { Permit } from "./link.js";

/** The trust store's anchors take 200 kB at most, in base64. */
const maxAnchors = 400_000;

type Raw = Readonly<Record<string, unknown>> | undefined | null;

async function ask(message: Readonly<Record<string, unknown>>): Promise<Raw> {
  const answer = (await chrome.runtime.sendMessage(message)) as Raw;
  if (answer?.["ok"] === false) throw new Refused(failure(answer["error"]));
  return answer?.["result"] as Raw;
}

/** A capability for the review of this ticket. Rejects with Refused when there is nothing to review. */
export async function permit(ticket: string): Promise<Permit> {
  const answer = await ask({ type: "review-open", ticket });
  const { capability, port } = (answer ?? {}) as { capability?: unknown; port?: unknown };
  if (typeof capability !== "string" || !/^[A-Za-z0-9_-]{16,100}$/.test(capability)) throw new FrameError("capability");
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65535) throw new FrameError("port");
  return { capability, port: port as number };
}

/** The certificates that the agent's trust store trusts, DER; none when they cannot be had. */
export async function anchors(): Promise<Uint8Array[]> {
  try {
    const list = (await ask({ type: "anchors" }))?.["anchors"];
    if (!Array.isArray(list)) return [];
    let room = maxAnchors;
    const found: Uint8Array[] = [];
    for (const one of list as readonly { der?: unknown }[]) {
      if (typeof one?.der !== "string" || (room -= one.der.length) < 0) continue;
      found.push(Uint8Array.from(atob(one.der), (c) => c.charCodeAt(0)));
    }
    return found;
  } catch {
    return []; // then no signature is called trusted
  }
}

/** The ticket this page was opened with. */
export function ticket(): string {
  const found = location.hash.slice(1);
  if (!/^[A-Za-z0-9_-]{8,200}$/.test(found)) throw new Refused(text("NO_TICKET"));
  return found;
}
