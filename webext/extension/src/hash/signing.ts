// What both interfaces need: a certificate before the digest is made, and the
// signature of that same certificate afterwards.
import { decode } from "../../../client/src/base64url.js";
import { KysoError } from "../../../client/src/errors.js";
import type { Certificate, Controls, HashFunction, HashSignature, Language } from "../../../client/src/types.js";
import { connection } from "../../../client/src/vgca/agent.js";
import { choose } from "./choose.js";

/** What is refused on this side, by the page's or the person's doing. */
export class Refusal extends Error {
  constructor(readonly reason: "no-certificate" | "cancelled" | "bad-argument" | "unsupported", message: string) {
    super(message);
  }
}

const lengths: { readonly [name in HashFunction]: number } = { "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };
export const hashFunctions = Object.keys(lengths) as HashFunction[];

/** The DER of a certificate, as the agent tells it to the sites that may ask. */
function der({ der }: Certificate): Uint8Array<ArrayBuffer> {
  if (der === undefined) throw new Refusal("unsupported", "Trang này chưa được phép xin ký giá trị băm.");
  return decode(der);
}

/** A certificate to sign with. The person is asked when there are several. */
export async function getCertificate(language: Language, controls: Controls = {}): Promise<Uint8Array<ArrayBuffer>> {
  const kyso = await connection();
  const now = new Date().toISOString();
  const valid = (await kyso.certificates(controls)).filter((c) => c.notBefore <= now && now < c.notAfter);
  if (valid.length === 0) throw new Refusal("no-certificate", "Chưa thấy chứng thư số còn hạn. Cắm thiết bị ký số rồi thử lại.");
  const one = valid.length === 1 ? valid[0] : await choose(valid, language, controls.signal);
  if (!one) throw new Refusal("cancelled", "Chưa chọn chứng thư số.");
  return der(one);
}

/** Has a digest signed with the certificate that the page names, and no other. */
export async function signHash(certificate: Uint8Array, hash: Uint8Array<ArrayBuffer>, name: string, controls: Controls = {}): Promise<HashSignature> {
  const hashFunction = hashFunctions.find((f) => f === name.toUpperCase());
  if (!hashFunction) throw new Refusal("bad-argument", `Kyso không ký giá trị băm ${name}: chỉ SHA-256, SHA-384 và SHA-512.`);
  if (hash.length !== lengths[hashFunction]) throw new Refusal("bad-argument", `Giá trị băm không dài như ${hashFunction}.`);
  const kyso = await connection();
  const wanted = hex(certificate);
  const one = (await kyso.certificates(controls)).find((c) => hex(der(c)) === wanted);
  if (!one) throw new Refusal("no-certificate", "Không thấy thiết bị có chứng thư số đã chọn. Cắm lại thiết bị rồi thử lại.");
  return await kyso.signHash({ hash, hashFunction, certificate: one.id }, controls);
}

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

/** Reads pairs of hexadecimal digits. */
export function unhex(text: unknown): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})+$/i.test(text)) throw new Refusal("bad-argument", "Dữ liệu không ở dạng thập lục phân.");
  return Uint8Array.from(text.match(/../g)!, (pair) => parseInt(pair, 16));
}

export const languageOf = (lang: unknown): Language => (/^en/i.test(String(lang)) ? "en" : "vi");

/** What a page is told, in words. */
export const words = (error: unknown, language: Language): string =>
  error instanceof KysoError ? `${error.messages[language]} ${error.remedies[language]}` : error instanceof Refusal ? error.message : "";
