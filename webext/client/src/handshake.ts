import { decode, encode } from "./base64url.js";
import type { Connection } from "./connection.js";
import { clientError } from "./errors.js";
import { pageKey } from "./keys.js";
import { clientName, version } from "./protocol.js";
import type { HelloResult, Standing } from "./protocol.js";
import type { Controls, Language } from "./types.js";
import { words } from "./words.js";

/**
 * All that page and agent told each other in hello, keys and nonces as they
 * were sent. Both ends sign it, so that a program which took the agent's port,
 * or sits between, is noticed.
 */
export interface Transcript {
  readonly origin: string;
  readonly port: number;
  readonly pageMin: number;
  readonly pageMax: number;
  readonly agentMin: number;
  readonly agentMax: number;
  readonly version: number;
  readonly pageNonce: string;
  readonly agentNonce: string;
  readonly pageKey: string;
  readonly agentKey: string;
}

/** What is known of the agent once both ends have proved who they are. */
export interface Introduction {
  readonly hello: HelloResult;
  readonly transcript: Transcript;
  readonly standing: Standing;
}

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export function lines(t: Transcript): string {
  return ["kyso hello", t.origin, t.port, [t.pageMin, t.pageMax, t.agentMin, t.agentMax, t.version].join(" "),
    t.pageNonce, t.agentNonce, t.pageKey, t.agentKey].join("\n");
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const signedBy = (role: "agent" | "page", t: Transcript): Uint8Array<ArrayBuffer> => utf8(`kyso v1 ${role}\n${lines(t)}`);

export async function verifyAgent(t: Transcript, signature: string): Promise<boolean> {
  const key = await crypto.subtle.importKey("spki", decode(t.agentKey), ecdsa, false, ["verify"]);
  return crypto.subtle.verify(ecdsa, key, decode(signature), signedBy("agent", t));
}

export async function signPage(t: Transcript, key: CryptoKey): Promise<string> {
  return encode(await crypto.subtle.sign(ecdsa, key, signedBy("page", t)));
}

async function hashLines(purpose: string, t: Transcript, ...secrets: string[]): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", utf8([purpose, ...secrets, lines(t)].join("\n")));
}

/** What the page tells before it knows the agent's challenge. */
export async function commitment(t: Transcript, secret: string): Promise<string> {
  return encode(await hashLines("kyso v1 pairing commitment", t, secret));
}

/** The six words that page and agent both show. */
export async function pairingWords(t: Transcript, secret: string, challenge: string): Promise<string[]> {
  const code = new Uint8Array(await hashLines("kyso v1 pairing words", t, secret, challenge), 0, 6);
  return [...code].map((b) => words[b] as string);
}

const random = (): string => encode(crypto.getRandomValues(new Uint8Array(32)).buffer);

/**
 * Says hello on the connection's port and proves who we are. pinned is the only
 * agent to be content with; undefined is content with any.
 */
export async function introduce(c: Connection, port: number, pinned: string | undefined, language: Language): Promise<Introduction> {
  const { privateKey, spki } = await pageKey();
  const nonce = random();
  const hello = await c.send("hello", { minVersion: version, maxVersion: version, client: clientName, nonce, key: spki });
  const { agent } = hello;
  if (hello.product !== "kyso" || hello.version !== version) throw clientError("AGENT_NOT_FOUND", language); // something else listens there
  const transcript: Transcript = {
    origin: globalThis.origin, port, pageMin: version, pageMax: version, agentMin: hello.minVersion, agentMax: hello.maxVersion, version,
    pageNonce: nonce, agentNonce: agent.nonce, pageKey: spki, agentKey: agent.key,
  };
  // The port is the one we asked at: a program that hands our frames on to the
  // agent's own port would show here.
  if (hello.port !== port || (pinned !== undefined && agent.key !== pinned) || !(await verifyAgent(transcript, agent.signature).catch(() => false))) {
    throw clientError("AGENT_CHANGED", language);
  }
  const { standing } = await c.send("authenticate", { signature: await signPage(transcript, privateKey) });
  return { hello, transcript, standing };
}

/** Pairs this origin with the agent: both show words, and the person compares. */
export async function pair(c: Connection, language: Language, show: (words: readonly string[]) => void, controls: Controls): Promise<void> {
  const { transcript } = c.introduction;
  const secret = random();
  const { challenge } = await c.send("pair", { commitment: await commitment(transcript, secret) }, controls);
  show(await pairingWords(transcript, secret, challenge));
  await c.send("pair-confirm", { secret, language }, controls);
}
