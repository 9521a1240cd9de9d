import type { Connection } from "./connection.js";
import { outgoing } from "./documents.js";
import type { Agent, Controls, DocumentInput, Language, SignedDocument, SignOptions } from "./types.js";

/** The sign method over one connection. */
export function sign(c: Connection, language: Language): Agent["sign"] {
  async function all(inputs: readonly DocumentInput[], options: SignOptions = {}, controls?: Controls): Promise<SignedDocument[]> {
    const documents = inputs.map((input) => outgoing(c, input));
    const params = { documents: documents.map((d) => d.params), ...options, language };
    return c.request("sign", params, documents, controls, (result, downloads) =>
      result.documents.map(({ channel, ...info }) => {
        const download = downloads.get(channel);
        if (!download?.complete || download.size !== info.size) throw new Error("the document is not complete");
        return { ...info, blob: download.blob(), certificate: result.certificate };
      }));
  }
  async function either(input: DocumentInput | readonly DocumentInput[], options?: SignOptions, controls?: Controls): Promise<SignedDocument | SignedDocument[]> {
    if (Array.isArray(input)) return all(input as readonly DocumentInput[], options, controls);
    const [signed] = await all([input as DocumentInput], options, controls);
    return signed as SignedDocument;
  }
  return either as Agent["sign"];
}
