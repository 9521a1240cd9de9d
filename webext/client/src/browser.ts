import type { BlockedCause, BrowserPermission } from "./types.js";

// The newest name first; older browsers know another.
const names = ["loopback-network", "local-network-access", "local-network"];

/**
 * Whether the browser lets this page reach programs on this computer. A blocked
 * connection and an absent agent look the same to a page (close code 1006);
 * only the permission tells them apart. "unknown": this browser has no such
 * permission, or does not say.
 */
export async function permission(): Promise<BrowserPermission> {
  for (const name of names) {
    try {
      const status = await globalThis.navigator.permissions.query({ name: name as PermissionName });
      return status.state;
    } catch {
      // Not a permission of this browser.
    }
  }
  return "unknown";
}

/** Chromium's document.featurePolicy; other browsers have none and do not say. */
interface FeaturePolicy {
  features(): string[];
  allowsFeature(name: string): boolean;
}

/** Whether the page was not given the right by the page around it, or by its own server's Permissions-Policy. */
async function withheld(): Promise<boolean> {
  const policy = (globalThis.document as { featurePolicy?: FeaturePolicy } | undefined)?.featurePolicy;
  const name = names.find((n) => policy?.features().includes(n));
  if (name !== undefined) return !policy?.allowsFeature(name);
  // Firefox says no more than "denied" in a frame without the right. Where the
  // person has denied it, a tab of its own is the place to change that as well.
  return framed() && (await permission()) === "denied";
}

/** Watches for what keeps a page from ever connecting, whatever the person allows. */
export class Obstacles {
  #policy = false;
  readonly #violation = (event: SecurityPolicyViolationEvent): void => {
    if (event.disposition !== "report" && event.blockedURI.startsWith("ws://127.0.0.1")) this.#policy = true;
  };

  constructor() {
    globalThis.addEventListener?.("securitypolicyviolation", this.#violation);
  }

  /** What is in the way for good, as far as can be told. */
  async cause(): Promise<BlockedCause | undefined> {
    if (insecure()) return "insecure-page";
    await new Promise((resolve) => setTimeout(resolve, violationDelay));
    if (this.#policy) return "content-security-policy";
    return (await withheld()) ? "permissions-policy" : undefined;
  }

  end(): void {
    globalThis.removeEventListener?.("securitypolicyviolation", this.#violation);
  }
}

export const framed = (): boolean => globalThis.self !== globalThis.top;

/** A violation is told a task or two after the connection has failed. */
const violationDelay = 50;

/** A page that came over http from elsewhere: browsers keep it from this computer, and give it no cryptography. */
export const insecure = (): boolean => globalThis.isSecureContext === false;
