import type { AgentErrorCode, Certificate, HashFunction, HashSignature, Language, Limits, Progress, Report, SignOptions, Status, Text, TokensEvent } from "./types.js";

/** The protocol version this package speaks. */
export const version = 1;

/** The name this package states in hello. */
export const clientName = "kyso-client/0.1.0";

/** The ports the agent tries, in its order. */
export const defaultPorts: readonly number[] = [17810, 17811, 17812, 17813, 17814];

export interface DocumentParams {
  readonly channel: number;
  readonly name: string;
  readonly size: number;
  readonly sha256?: string;
}

export interface EvidenceParams {
  readonly channel: number;
  readonly kind: "certificate" | "crl" | "ocsp";
  readonly size: number;
}

/** How far a page may go: those that are listed or paired may ask for signatures. */
export type Standing = "listed" | "paired" | "unpaired";

/** What each method takes. */
export interface Params {
  hello: { readonly minVersion: number; readonly maxVersion: number; readonly client: string; readonly nonce: string; readonly key: string };
  authenticate: { readonly signature: string };
  pair: { readonly commitment: string };
  "pair-confirm": { readonly secret: string; readonly language?: Language };
  authorize: { readonly operation: "sign" | "certificates" | "sign-hash" };
  status: undefined;
  certificates: { readonly capability: string };
  resume: { readonly ticket: string; readonly documents: readonly Received[] };
  sign: SignOptions & {
    readonly capability: string;
    readonly documents: readonly DocumentParams[];
    readonly language?: Language;
  };
  "sign-hash": { readonly capability: string; readonly certificate: string; readonly hash: string; readonly hashFunction: HashFunction; readonly language?: Language };
  verify: { readonly document: DocumentParams; readonly evidence?: readonly EvidenceParams[] };
}

/** How much of a document one side has, in bytes. */
export interface Received {
  readonly channel: number;
  readonly received: number;
}

export interface HelloResult {
  readonly product: "kyso";
  readonly productVersion: string;
  readonly version: number;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly limits: Limits;
  readonly port: number;
  readonly agent: { readonly key: string; readonly nonce: string; readonly signature: string };
}

/** What became of a document that was not signed. */
export interface UnsignedInfo {
  readonly channel: number;
  readonly name: string;
  readonly error: Failure;
}

export interface SignedInfo {
  readonly channel: number;
  readonly name: string;
  readonly error?: undefined;
  readonly size: number;
  readonly sha256: string;
  readonly field: string;
  readonly level: string;
}

/** What each method gives. */
export interface Results {
  hello: HelloResult;
  authenticate: { readonly standing: Standing };
  pair: { readonly challenge: string };
  "pair-confirm": { readonly standing: Standing };
  authorize: { readonly capability: string; readonly expiresIn: number };
  status: Status;
  certificates: { readonly certificates: readonly Certificate[] };
  sign: { readonly certificate: Certificate; readonly documents: readonly (SignedInfo | UnsignedInfo)[] };
  resume: Results["sign"];
  "sign-hash": { readonly signature: string; readonly algorithm: HashSignature["algorithm"]; readonly certificate: Certificate };
  verify: { readonly report: Report };
}

export interface Credit {
  readonly channel: number;
  readonly bytes: number;
}

export interface Announcement {
  readonly channel: number;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** Where the bytes begin when a dropped connection is taken up again. */
  readonly offset?: number;
}

/** The first answer to sign and resume: what may be taken up later, and what is still to come from the page. */
export interface Accepted {
  readonly ticket: string;
  readonly documents: readonly Received[];
}

export interface Failure {
  readonly code: AgentErrorCode;
  readonly message: Text;
  readonly remedy: Text;
  readonly minVersion?: number;
  readonly maxVersion?: number;
  /** Milliseconds. */
  readonly retryAfter?: number;
  /** Of a batch, what is known of each document. */
  readonly documents?: readonly UnsignedInfo[];
}

/** What a page may send. */
export type PageFrame =
  | { readonly [M in keyof Params]: { readonly v: number; readonly id: string; readonly type: "request"; readonly method: M }
      & (Params[M] extends undefined ? object : { readonly params: Params[M] }) }[keyof Params]
  | { readonly v: number; readonly id: string; readonly type: "cancel" | "done" }
  | { readonly v: number; readonly type: "credit"; readonly credit: Credit };

/** What the agent sends. */
export type AgentFrame =
  | { readonly v: number; readonly id: string; readonly type: "result"; readonly result: Results[keyof Results] }
  | { readonly v: number; readonly id?: string; readonly type: "error"; readonly error: Failure }
  | { readonly v: number; readonly id: string; readonly type: "accepted"; readonly accepted: Accepted }
  | { readonly v: number; readonly type: "event"; readonly event: { readonly name: "tokens" } & TokensEvent }
  | { readonly v: number; readonly id: string; readonly type: "progress"; readonly progress: Progress }
  | { readonly v: number; readonly id: string; readonly type: "document"; readonly document: Announcement }
  | { readonly v: number; readonly type: "credit"; readonly credit: Credit };

/** The length of a binary frame's header: the channel, big endian. */
const header = 4;

export function encodeChunk(channel: number, payload: ArrayBuffer): ArrayBuffer {
  const frame = new Uint8Array(header + payload.byteLength);
  new DataView(frame.buffer).setUint32(0, channel);
  frame.set(new Uint8Array(payload), header);
  return frame.buffer;
}

export function decodeChunk(frame: ArrayBuffer): { channel: number; payload: Uint8Array<ArrayBuffer> } {
  if (frame.byteLength <= header) throw new RangeError("binary frame is empty");
  return { channel: new DataView(frame).getUint32(0), payload: new Uint8Array(frame, header) };
}
