// The certificates that signatures are traced to: the person's own, which the
// agent keeps, and those the administrator has set for this browser.
import type { Inspect, Material } from "../../../../wasm/npm/src/types.js";
import type { Anchors as FromAgent } from "./native.js";

export interface Anchor {
  readonly name: string;
  /** DER, base64. */
  readonly der: string;
  readonly by: "agent" | "managed";
}

// As many as a person keeps; an agent's answer has 200 KiB at most.
const maxAnchors = 200;
const maxAnchor = 16 << 10; // characters of one certificate

/**
 * All anchors of this computer. agent asks the agent; where it does not answer
 * there are the administrator's alone.
 */
export async function loadAnchors(agent: () => Promise<FromAgent>): Promise<readonly Anchor[]> {
  const [own, managed] = await Promise.all([
    agent().then(({ anchors }) => anchors.map(({ name, der }): Anchor => ({ name, der, by: "agent" })), () => []),
    managedAnchors(),
  ]);
  return dedupe([...managed, ...own]);
}

async function managedAnchors(): Promise<Anchor[]> {
  // Firefox rejects where no administrator has set anything.
  const { anchors } = await chrome.storage.managed.get("anchors").catch(() => ({ anchors: [] }) as Record<string, unknown>);
  return readManaged(anchors);
}

/** What managed storage has under anchors: PEM, or DER as base64. */
export function readManaged(value: unknown): Anchor[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown): Anchor[] => {
    const { name, certificate } = (one ?? {}) as { name?: unknown; certificate?: unknown };
    if (typeof certificate !== "string") return [];
    const der = certificate.replace(/-----[A-Z ]+-----|\s/g, "");
    return [{ name: typeof name === "string" ? name : "", der, by: "managed" }];
  });
}

/** Each certificate once, and none that cannot be one. */
export function dedupe(all: readonly Anchor[]): Anchor[] {
  const found = new Map<string, Anchor>();
  for (const one of all) {
    if (one.der.length > 0 && one.der.length <= maxAnchor && /^[A-Za-z0-9+/]+=*$/.test(one.der) && !found.has(one.der)) found.set(one.der, one);
  }
  return [...found.values()].slice(0, maxAnchors);
}

export const bytes = ({ der }: Anchor): Uint8Array => Uint8Array.from(atob(der), (c) => c.charCodeAt(0));

/** Those that the engine can read: one that is damaged must not stop every check. inspect is the engine's. */
export async function readable(all: readonly Anchor[], inspect: Inspect): Promise<Anchor[]> {
  const found: Anchor[] = [];
  for (const one of all) {
    const { kind, certificates } = await inspect(bytes(one)).catch(() => ({ kind: "unknown" }) as Material);
    if (kind === "certificates" && certificates?.[0]) found.push({ ...one, name: one.name || certificates[0].subject });
  }
  return found;
}
