import { KysoError } from "../../../client/src/errors.js";
import type { ErrorCode } from "../../../client/src/types.js";
import { getCertificate, hex, languageOf, Refusal, signHash, unhex } from "./signing.js";

interface Options {
  readonly lang?: string;
  readonly filter?: string;
}

const cancelled: readonly ErrorCode[] = ["REFUSED", "CANCELLED"];
const nothing: readonly ErrorCode[] = ["NO_TOKEN", "NO_CERTIFICATE", "CERTIFICATE_EXPIRED"];
const forbidden: readonly ErrorCode[] = ["HASH_REFUSED", "ORIGIN_REFUSED", "PAIRING_NEEDED"];
const device: readonly ErrorCode[] = ["PIN_INCORRECT", "PIN_FINAL_TRY", "PIN_LOCKED", "TOKEN_REMOVED", "MODULE_PROBLEM"];
const reasons = { "no-certificate": "no_certificates", cancelled: "user_cancel", "bad-argument": "invalid_argument", unsupported: "not_allowed" } as const;

/** The word that hwcrypto.js and its pages know a failure by. */
function wordFor(error: unknown): string {
  if (error instanceof Refusal) return reasons[error.reason];
  if (!(error instanceof KysoError)) return "technical_error";
  const { code } = error;
  return cancelled.includes(code) ? "user_cancel" : nothing.includes(code) ? "no_certificates" : forbidden.includes(code) ? "not_allowed"
    : device.includes(code) ? "driver_error" : code === "BAD_REQUEST" ? "invalid_argument" : "technical_error";
}

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(wordFor(error), { cause: error });
  }
}

/** What hwcrypto.js looks for, window.TokenSigning, and calls: all in hexadecimal. */
export class TokenSigning {
  /** hwcrypto.js takes an answer within a second for an extension that is there. */
  async getVersion(): Promise<string> {
    return "Kyso/1";
  }

  getCertificate({ lang, filter = "SIGN" }: Options = {}): Promise<{ hex: string }> {
    if (filter !== "SIGN") return Promise.reject(new Error("not_allowed")); // to log in with
    return told(getCertificate(languageOf(lang)).then((der) => ({ hex: hex(der) })));
  }

  sign(certificate: { readonly hex: string }, hash: { readonly type: string; readonly hex: string }): Promise<{ hex: string }> {
    // async, so that bad arguments reject as well
    const work = async (): Promise<{ hex: string }> => {
      const { signature } = await signHash(unhex(certificate?.hex), unhex(hash?.hex), String(hash?.type));
      return { hex: hex(signature) };
    };
    return told(work());
  }
}
