// The frames that the agent sends to the review page. What comes is looked at
// member by member before anything is shown: a frame that does not fit ends the
// connection. Members this page does not know are left alone, so that a newer
// agent can say more.
import type { Failure, Text } from "../shared/native.js";

/** A rectangle on a page as it is shown: points from its lower left corner. Pages count from 1. */
export interface Spot {
  readonly page: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Document {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** 0 when the agent could not count them. */
  readonly pages: number;
  /** The five words of the digest, as the agent's window shows them. */
  readonly words: string;
  readonly signatures: number;
  readonly broken: number;
  readonly notices: readonly Text[];
  /** Where the stamp stands, in words; null when there is none. */
  readonly stamp: Text | null;
  readonly spot: Spot | null;
}

export interface Certificate {
  readonly holder: string;
  readonly organisation: string;
  readonly issuer: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

export interface Review {
  readonly origin: string;
  readonly language: "vi" | "en";
  readonly level: string;
  readonly certificate: Certificate | null;
  readonly profile: string;
  readonly template: string;
  readonly profiles: readonly string[];
  readonly canPlace: boolean;
  readonly documents: readonly Document[];
  readonly leftOut: readonly { readonly name: string; readonly message: Text }[];
}

export type Outcome = "signed" | "refused" | "cancelled" | "failed";

export type AgentFrame =
  | { readonly type: "review"; readonly review: Review }
  | { readonly type: "stamp"; readonly document: number; readonly png: string }
  | { readonly type: "error"; readonly id: number | null; readonly error: Failure }
  | { readonly type: "asking" }
  | { readonly type: "ended"; readonly outcome: Outcome };

/** A frame that is not what the protocol allows. */
export class FrameError extends Error {}

/** A text frame: 500 documents with their notices take less than two megabytes. */
export const maxText = 8 << 20;
// Twice what the agent takes in one request.
const maxDocuments = 1000;
/** The largest document the agent takes has 256 MB. */
const maxSize = 1 << 30;
const maxName = 2000;
const maxSentence = 4000;
const maxList = 100; // notices, profiles
/** A page of PDF 1.7 has at most 14400 points (ISO 32000-1, Annex C), a user unit may make it larger. */
const maxLength = 1e6;
/** Characters of base64. */
const maxPicture = 300 << 10;
/** A stamp's picture is for the screen; a larger one would be a bomb. */
const maxPixels = 4_000_000;

type Raw = Readonly<Record<string, unknown>>;

function fail(what: string): never {
  throw new FrameError(`the agent's frame has no good ${what}`);
}

function object(value: unknown, what: string): Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Raw) : fail(what);
}

function text(value: unknown, what: string, most = maxSentence): string {
  return typeof value === "string" && value.length <= most ? value : fail(what);
}

const optionalText = (value: unknown, what: string, most?: number): string => (value === undefined || value === null ? "" : text(value, what, most));

function whole(value: unknown, what: string, most: number): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most ? (value as number) : fail(what);
}

function length(value: unknown, what: string): number {
  return typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= maxLength ? value : fail(what);
}

function list<T>(value: unknown, what: string, most: number, each: (one: unknown) => T): T[] {
  if (value === undefined || value === null) return []; // Go writes an empty list as null
  return Array.isArray(value) && value.length <= most ? value.map(each) : fail(what);
}

function sentence(value: unknown): Text {
  const raw = object(value, "sentence");
  return { vi: text(raw["vi"], "vi"), en: text(raw["en"], "en") };
}

/** Why something was refused: from the agent, or from the background. */
export function failure(value: unknown): Failure {
  const raw = object(value, "error");
  return { code: text(raw["code"], "code", 100), message: sentence(raw["message"]), remedy: raw["remedy"] ? sentence(raw["remedy"]) : { vi: "", en: "" } };
}

function spot(value: unknown): Spot | null {
  if (value === undefined || value === null) return null;
  const raw = object(value, "spot");
  const found = { page: whole(raw["page"], "page", 1e6), x: length(raw["x"], "x"), y: length(raw["y"], "y"), w: length(raw["w"], "w"), h: length(raw["h"], "h") };
  return found.page >= 1 && found.w > 0 && found.h > 0 ? found : fail("spot");
}

function document(value: unknown, index: number): Document {
  const raw = object(value, "document");
  if (raw["index"] !== undefined && raw["index"] !== index) fail("index");
  const sha256 = text(raw["sha256"], "sha256", 64).toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sha256)) fail("sha256");
  return {
    name: text(raw["name"], "name", maxName),
    size: whole(raw["size"], "size", maxSize),
    sha256,
    pages: whole(raw["pages"] ?? 0, "pages", 1e6),
    words: text(raw["words"], "words", 200),
    signatures: whole(raw["signatures"] ?? 0, "signatures", 1e6),
    broken: whole(raw["broken"] ?? 0, "broken", 1e6),
    notices: list(raw["notices"], "notices", maxList, sentence),
    stamp: raw["stamp"] === undefined || raw["stamp"] === null ? null : sentence(raw["stamp"]),
    spot: spot(raw["spot"]),
  };
}

function certificate(value: unknown): Certificate | null {
  if (value === undefined || value === null) return null;
  const raw = object(value, "certificate");
  return {
    holder: text(raw["holder"], "holder", maxName),
    organisation: optionalText(raw["organisation"], "organisation", maxName),
    issuer: optionalText(raw["issuer"], "issuer", maxName),
    notAfter: optionalText(raw["notAfter"], "notAfter", 40),
  };
}

function review(value: unknown): Review {
  const raw = object(value, "review");
  const documents = list(raw["documents"], "documents", maxDocuments, (one) => one).map(document);
  if (documents.length === 0) fail("documents");
  return {
    origin: text(raw["origin"], "origin", maxName),
    language: raw["language"] === "en" ? "en" : "vi",
    level: optionalText(raw["level"], "level", 40),
    certificate: certificate(raw["certificate"]),
    profile: optionalText(raw["profile"], "profile", 100),
    template: optionalText(raw["template"], "template", 200),
    profiles: list(raw["profiles"], "profiles", maxList, (one) => text(one, "profile", 100)),
    canPlace: raw["canPlace"] === true,
    documents,
    leftOut: list(raw["leftOut"], "leftOut", maxDocuments, (one) => {
      const left = object(one, "leftOut");
      return { name: text(left["name"], "name", maxName), message: sentence(left["message"]) };
    }),
  };
}

/** A PNG by its first bytes, and of a size that can be drawn (PNG, 5.2 and 11.2.1). */
function picture(value: unknown): string {
  const png = text(value, "png", maxPicture);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(png) || png.length % 4 !== 0) fail("png");
  const head = Uint8Array.from(atob(png.slice(0, 32)), (c) => c.charCodeAt(0));
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (head.length < 24 || signature.some((byte, i) => head[i] !== byte)) fail("png");
  const view = new DataView(head.buffer);
  if (view.getUint32(16) * view.getUint32(20) > maxPixels) fail("png");
  return png;
}

/** Reads a text frame, or throws a FrameError. */
export function parse(frame: string): AgentFrame {
  if (frame.length > maxText) fail("length");
  let raw: Raw;
  try {
    raw = object(JSON.parse(frame), "object");
  } catch {
    fail("JSON");
  }
  switch (raw["type"]) {
    case "review":
      return { type: "review", review: review(raw["review"]) };
    case "stamp":
      return { type: "stamp", document: whole(raw["document"], "document", maxDocuments), png: picture(raw["png"]) };
    case "error":
      return { type: "error", id: raw["id"] === undefined || raw["id"] === null ? null : whole(raw["id"], "id", 2 ** 32 - 1), error: failure(raw["error"]) };
    case "asking":
      return { type: "asking" };
    case "ended": {
      const outcome = raw["outcome"];
      return outcome === "signed" || outcome === "refused" || outcome === "cancelled" || outcome === "failed" ? { type: "ended", outcome } : fail("outcome");
    }
  }
  fail("type");
}
