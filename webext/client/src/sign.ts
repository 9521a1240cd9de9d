import type { Connection, Received } from "./connection.js";
import { authorize } from "./authorize.js";
import { outgoing } from "./documents.js";
import { agentError } from "./errors.js";
import type { Agent, DocumentInput, DocumentResult, Language, SignControls, SignedDocument, SignOptions } from "./types.js";

/** The methods that sign, over one connection. */
export function sign(c: Connection, language: Language): Pick<Agent, "sign" | "signEach"> {
  async function signEach(inputs: readonly DocumentInput[], options: SignOptions = {}, controls: SignControls = {}): Promise<DocumentResult[]> {
    const capability = await authorize(c, "sign", controls);
    const documents = inputs.map((input) => outgoing(c, input));
    const params = { capability, documents: documents.map((d) => d.params), ...options, language };
    const received: Received = ({ channel, name, size, sha256 }, blob) => {
      const index = documents.findIndex((d) => d.channel === channel);
      if (index >= 0) controls.onSigned?.({ index, name, blob, size, sha256 });
    };
    return c.request("sign", params, controls, documents, (result, downloads) => {
      if (result.documents.length !== documents.length) throw new Error("not a result for each document");
      return result.documents.map((info) => {
        if (info.error) return { name: info.name, error: agentError(info.error, language) };
        const { channel, error: _, ...rest } = info;
        const download = downloads.get(channel);
        if (!download?.complete || download.size !== rest.size) throw new Error("the document is not complete");
        return { name: rest.name, signed: { ...rest, blob: download.blob(), certificate: result.certificate } };
      });
    }, received);
  }
  async function all(inputs: readonly DocumentInput[], options?: SignOptions, controls?: SignControls): Promise<SignedDocument[]> {
    const results = await signEach(inputs, options, controls);
    const failed = results.filter((r) => r.error);
    // The others are only in its company.
    const first = failed.find((r) => r.error?.code !== "NOT_TRIED") ?? failed[0];
    if (first?.error) throw Object.assign(first.error, { documents: results });
    return results.map((r) => r.signed as SignedDocument);
  }
  async function either(input: DocumentInput | readonly DocumentInput[], options?: SignOptions, controls?: SignControls): Promise<SignedDocument | SignedDocument[]> {
    if (Array.isArray(input)) return all(input as readonly DocumentInput[], options, controls);
    const [signed] = await all([input as DocumentInput], options, controls);
    return signed as SignedDocument;
  }
  return { sign: either as Agent["sign"], signEach };
}
