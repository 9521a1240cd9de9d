import { authorize } from "./authorize.js";
import { decode, encode } from "./base64url.js";
import type { Connection } from "./connection.js";
import type { Agent, Language } from "./types.js";

/** The method that signs digests, over one connection. */
export function signHash(c: Connection, language: Language): Agent["signHash"] {
  return async ({ hash, hashFunction, certificate = "" }, controls = {}) => {
    // A copy, of the view's part alone, made before anything is waited for.
    const bytes = ArrayBuffer.isView(hash) ? new Uint8Array(hash.buffer, hash.byteOffset, hash.byteLength) : new Uint8Array(hash);
    const encoded = encode(Uint8Array.from(bytes).buffer);
    const capability = await authorize(c, "sign-hash", controls);
    const params = { capability, certificate, hash: encoded, hashFunction, language };
    return c.request("sign-hash", params, controls, [], ({ signature, ...rest }) => ({ ...rest, signature: decode(signature) }));
  };
}
