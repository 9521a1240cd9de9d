// The window messages of web-eid.js: each request is acknowledged at once and
// answered with one success or failure. Its 1 second for the acknowledgement and
// 6 for the status are the library's.
import { KysoError } from "../../../client/src/errors.js";
import { diagnose } from "../../../client/src/diagnose.js";
import type { ErrorCode } from "../../../client/src/types.js";
import { agent } from "../../../client/src/vgca/agent.js";
import { getCertificate, hashFunctions, languageOf, Refusal, signHash, words } from "./signing.js";

interface Request {
  readonly action: string;
  readonly libraryVersion?: unknown;
  readonly certificate?: unknown;
  readonly hash?: unknown;
  readonly hashFunction?: unknown;
  readonly options?: { readonly lang?: unknown; readonly userInteractionTimeout?: unknown };
}

/** How long the person may take, in milliseconds: what the library takes where a page says nothing, and what the agent allows. */
const usualPatience = 120_000;
const mostPatience = 300_000;

const actions: { readonly [action: string]: (r: Request, signal: AbortSignal) => Promise<object> } = {
  "web-eid:status": status,
  "web-eid:authenticate": async () => {
    throw new Refusal("unsupported", "Kyso không dùng chứng thư số để đăng nhập. (Kyso does not support authentication.)");
  },
  "web-eid:get-signing-certificate": certificate,
  "web-eid:sign": sign,
};

export function answerWebEid({ source, origin, data }: MessageEvent<unknown>): void {
  if (source !== window || origin !== location.origin || typeof data !== "object" || data === null) return;
  const request = data as Request;
  const { action } = request;
  if (typeof action !== "string" || !Object.hasOwn(actions, action)) return;
  const say = (suffix: string, more: object = {}): void => window.postMessage({ ...more, action: `${action}-${suffix}` }, location.origin);
  say("ack");
  const { userInteractionTimeout: asked } = request.options ?? {};
  const patience = typeof asked === "number" && asked > 0 ? Math.min(asked, mostPatience) : usualPatience;
  const signal = AbortSignal.timeout(patience);
  actions[action]!(request, signal).then(
    (answer) => say("success", answer),
    (error: unknown) => {
      const message = words(error, languageOf(request.options?.lang)) || "Kyso gặp lỗi khi trả lời trang này.";
      say("failure", { error: { name: "Error", message, code: signal.aborted ? "ERR_WEBEID_USER_TIMEOUT" : codeFor(error) } });
    });
}

/** Shows no window and pairs nothing. */
async function status({ libraryVersion }: Request): Promise<object> {
  const found = await diagnose(agent);
  if (found.agent === undefined && found.error?.code !== "PAIRING_NEEDED") throw found.error;
  const version = found.agent ?? "0.0.0";
  return { library: libraryVersion, extension: version, nativeApp: version };
}

async function certificate({ options }: Request, signal: AbortSignal): Promise<object> {
  const der = await getCertificate(languageOf(options?.lang), { signal });
  const ecc = contains(der, ecPublicKey);
  return {
    certificate: base64(der),
    supportedSignatureAlgorithms: hashFunctions.map((hashFunction) =>
      ({ hashFunction, cryptoAlgorithm: ecc ? "ECC" : "RSA", paddingScheme: ecc ? "NONE" : "PKCS1.5" })),
  };
}

async function sign({ certificate, hash, hashFunction }: Request, signal: AbortSignal): Promise<object> {
  const { signature, algorithm } = await signHash(bytes(certificate), bytes(hash), String(hashFunction), { signal });
  return { signature: base64(signature), signatureAlgorithm: algorithm };
}

/** OBJECT IDENTIFIER id-ecPublicKey (RFC 5480), which a certificate of an RSA key has nowhere: signatures have others. */
const ecPublicKey = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

const contains = (all: Uint8Array, part: readonly number[]): boolean => all.some((_, i) => part.every((b, j) => all[i + j] === b));

const base64 = (data: Uint8Array): string => btoa(Array.from(data, (b) => String.fromCharCode(b)).join(""));

function bytes(text: unknown): Uint8Array<ArrayBuffer> {
  try {
    if (typeof text === "string" && text) return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    // Said below.
  }
  throw new Refusal("bad-argument", "Dữ liệu không ở dạng base64.");
}

const reasons = {
  "no-certificate": "ERR_WEBEID_NATIVE_FATAL", cancelled: "ERR_WEBEID_USER_CANCELLED",
  "bad-argument": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", unsupported: "ERR_WEBEID_NATIVE_FATAL",
} as const;

const unreached: readonly ErrorCode[] = ["AGENT_NOT_FOUND", "CONNECTION_LOST", "PERMISSION_NEEDED", "PERMISSION_DENIED"];

/** The code that web-eid.js and its pages know a failure by. */
function codeFor(error: unknown): string {
  if (error instanceof Refusal) return reasons[error.reason];
  if (!(error instanceof KysoError)) return "ERR_WEBEID_UNKNOWN_ERROR";
  const { code } = error;
  if (code === "REFUSED" || code === "CANCELLED") return "ERR_WEBEID_USER_CANCELLED";
  if (code === "TIMEOUT") return "ERR_WEBEID_USER_TIMEOUT";
  if (code === "BLOCKED") return "ERR_WEBEID_CONTEXT_INSECURE";
  if (code === "BAD_REQUEST") return "ERR_WEBEID_NATIVE_INVALID_ARGUMENT";
  return unreached.includes(code) || code.startsWith("HOST_") ? "ERR_WEBEID_NATIVE_UNAVAILABLE" : "ERR_WEBEID_NATIVE_FATAL";
}
