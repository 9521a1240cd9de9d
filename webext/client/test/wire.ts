// An agent played by the test, at the other end of a socket that is none.
import assert from "node:assert/strict";
import { encode } from "../src/base64url.js";
import { Connection } from "../src/connection.js";
import { lines } from "../src/handshake.js";
import type { Transcript } from "../src/handshake.js";
import { encodeChunk } from "../src/protocol.js";
import { directRoad } from "../src/socket.js";
import type { Language } from "../src/types.js";
import { become, example, site } from "./helpers.js";

export const port = 17810;
become(site);

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
export const makeKey = () => crypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
export const agentKey = await makeKey();
export const spki = async (key: CryptoKeyPair) => encode(await crypto.subtle.exportKey("spki", key.publicKey));
export const capability = example("agent-authorize").result.capability as string;

/** A socket whose other end is the test. */
export class Wire extends EventTarget {
  readyState = 1;
  binaryType = "";
  readonly sent: any[] = [];
  send(data: string | ArrayBuffer): void {
    this.sent.push(typeof data === "string" ? JSON.parse(data) : data);
  }
  close(): void {
    this.drop(1000);
  }
  drop(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
  /** The agent says an example, in answer to the request with the id. */
  says(name: string, id?: string, change: object = {}): void {
    this.tells({ ...example(name), ...(id ? { id } : {}), ...change });
  }
  tells(frame: object): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
  chunk(channel: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.dispatchEvent(new MessageEvent("message", { data: encodeChunk(channel, bytes.slice().buffer) }));
  }
  /** The next frame nobody has looked at. */
  async next(): Promise<any> {
    for (let i = 0; i < 2000 && this.sent.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(this.sent.length > 0, "a frame was not sent");
    return this.sent.shift();
  }
  /** The next request, which must be of the method. */
  async request(method: string): Promise<any> {
    const frame = await this.next();
    assert.deepEqual([frame.type, frame.method], ["request", method]);
    return frame;
  }
  /** Gives the capability asked for, and returns the request made with it. */
  async authorized(operation: string): Promise<any> {
    const { id, params } = await this.request("authorize");
    assert.deepEqual(params, { operation });
    this.says("agent-authorize", id);
    const frame = await this.request(operation);
    assert.equal(frame.params.capability, capability);
    return frame;
  }
  /** Answers hello as an agent with the key does; change spoils the answer. */
  async hello(key: CryptoKeyPair = agentKey, change: object = {}): Promise<Transcript> {
    const { id, params } = await this.request("hello");
    const { result } = example("agent-hello");
    const nonce = encode(crypto.getRandomValues(new Uint8Array(32)).buffer);
    const transcript: Transcript = {
      origin: site, port, pageMin: params.minVersion, pageMax: params.maxVersion, agentMin: result.minVersion, agentMax: result.maxVersion,
      version: result.version, pageNonce: params.nonce, agentNonce: nonce, pageKey: params.key, agentKey: await spki(key),
    };
    const signature = encode(await crypto.subtle.sign(ecdsa, key.privateKey, new TextEncoder().encode("kyso v1 agent\n" + lines(transcript))));
    this.says("agent-hello", id, { result: { ...result, port, agent: { key: transcript.agentKey, nonce, signature }, ...change } });
    return transcript;
  }
  /** Plays the whole introduction. */
  async introduce(standing = "listed", key: CryptoKeyPair = agentKey): Promise<Transcript> {
    const transcript = await this.hello(key);
    const { id, params } = await this.request("authenticate");
    const page = await crypto.subtle.importKey("spki", Buffer.from(transcript.pageKey, "base64url"), ecdsa, false, ["verify"]);
    assert.ok(await crypto.subtle.verify(ecdsa, page, Buffer.from(params.signature, "base64url"), new TextEncoder().encode("kyso v1 page\n" + lines(transcript))));
    this.says("agent-authenticate", id, { result: { standing } });
    return transcript;
  }
}

export const opening = (wire: Wire, pinned?: string, language: Language = "vi"): Promise<Connection> =>
  Connection.open({ socket: wire as unknown as WebSocket, port }, directRoad(port), pinned, language);
