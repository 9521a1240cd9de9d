import type { AgentErrorCode, Certificate, Language, Limits, OnError, Progress, Report, Status, Text } from "./types.js";

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

/** What each method takes. */
export interface Params {
  hello: { readonly minVersion: number; readonly maxVersion: number; readonly client: string };
  status: undefined;
  certificates: undefined;
  sign: {
    readonly documents: readonly DocumentParams[];
    readonly level?: string;
    readonly certificate?: string;
    readonly reason?: string;
    readonly location?: string;
    readonly field?: string;
    readonly language?: Language;
    readonly onError?: OnError;
  };
  verify: { readonly document: DocumentParams; readonly evidence?: readonly EvidenceParams[] };
}

export interface HelloResult {
  readonly product: "kyso";
  readonly productVersion: string;
  readonly version: number;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly limits: Limits;
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
  status: Status;
  certificates: { readonly certificates: readonly Certificate[] };
  sign: { readonly certificate: Certificate; readonly documents: readonly (SignedInfo | UnsignedInfo)[] };
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
}

export interface Failure {
  readonly code: AgentErrorCode;
  readonly message: Text;
  readonly remedy: Text;
  readonly minVersion?: number;
  readonly maxVersion?: number;
  /** Of a batch, what is known of each document. */
  readonly documents?: readonly UnsignedInfo[];
}

/** What a page may send. */
export type PageFrame =
  | { readonly [M in keyof Params]: { readonly v: number; readonly id: string; readonly type: "request"; readonly method: M }
      & (Params[M] extends undefined ? object : { readonly params: Params[M] }) }[keyof Params]
  | { readonly v: number; readonly id: string; readonly type: "cancel" }
  | { readonly v: number; readonly type: "credit"; readonly credit: Credit };

/** What the agent sends. */
export type AgentFrame =
  | { readonly v: number; readonly id: string; readonly type: "result"; readonly result: Results[keyof Results] }
  | { readonly v: number; readonly id?: string; readonly type: "error"; readonly error: Failure }
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
