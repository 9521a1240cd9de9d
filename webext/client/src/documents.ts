import type { Connection, Outgoing } from "./connection.js";
import type { DocumentParams } from "./protocol.js";
import type { DocumentInput, NamedDocument } from "./types.js";

export interface OutgoingDocument extends Outgoing {
  readonly params: DocumentParams;
}

/** A document with the name the person will see, and its place on the wire. */
export function outgoing(c: Connection, input: DocumentInput): OutgoingDocument {
  const given: NamedDocument = input instanceof Blob ? { blob: input } : input;
  const { blob, sha256 } = given;
  const channel = c.channel();
  const name = given.name ?? (blob as Partial<File>).name ?? "document.pdf";
  return { channel, blob, params: { channel, name, size: blob.size, ...(sha256 === undefined ? {} : { sha256 }) } };
}
