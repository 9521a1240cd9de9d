import type { Connection, Outgoing } from "./connection.js";
import { outgoing } from "./documents.js";
import type { EvidenceParams } from "./protocol.js";
import type { Agent } from "./types.js";

/** The verify method over one connection. */
export function verify(c: Connection): Agent["verify"] {
  return async (input, options = {}, controls) => {
    const document = outgoing(c, input);
    const uploads: Outgoing[] = [document];
    const evidence: EvidenceParams[] = [];
    const add = (kind: EvidenceParams["kind"], blobs: readonly Blob[] = []): void => {
      for (const blob of blobs) {
        const channel = c.channel();
        uploads.push({ channel, blob });
        evidence.push({ channel, kind, size: blob.size });
      }
    };
    add("certificate", options.certificates);
    add("crl", options.crls);
    add("ocsp", options.ocsps);
    return c.request("verify", { document: document.params, evidence }, controls, uploads, ({ report }) => report);
  };
}
