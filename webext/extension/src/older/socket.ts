import type { functions } from "../../../client/src/vgca/vgcaplugin.js";

type Functions = typeof functions;
type Reply = (text: string) => void;

/** Where the incumbent's service listens: one socket for each call, whose path is the method. */
const port = "8987";
const hosts = ["127.0.0.1", "localhost"];

/** The address of the service, if that is what a page wants to connect to. */
export function isService(address: unknown): URL | undefined {
  try {
    const url = new URL(String(address));
    return url.protocol === "wss:" && url.port === port && hosts.includes(url.hostname) ? url : undefined;
  } catch {
    return undefined; // the browser will say what is wrong with it
  }
}

/** Functions that take JSON and a callback, by method. */
const withJSON: { readonly [method: string]: keyof Functions } = {
  SignApproved: "vgca_sign_approved", SignIssued: "vgca_sign_issued", SignIncome: "vgca_sign_income", SignAppendix: "vgca_sign_appendix",
  SignCopy: "vgca_sign_copy", Comment: "vgca_comment", SignFile: "vgca_sign_file", SignFiles: "vgca_sign_files", SignPDF: "vgca_sign_pdf",
  SignOffice: "vgca_sign_office", SignLyLich: "vgca_sign_lylich", SignAttestation: "vgca_sign_attestation",
  SignAttestationes: "vgca_sign_attestationes", SignPDFWP: "vgca_sign_pdfwp", SignXMLP12: "vgca_sign_xml_wp12",
  VerifyPDF: "vgca_verify_pdf", VerifyMsg: "vgca_verify_msg", VerifyJson: "vgca_verify_json", VerifyXML: "vgca_verify_xml", VerifyOffice: "vgca_verify_office",
};

/** Functions that are told who asks as well. The page's own library keeps that. */
const withSender: { readonly [method: string]: keyof Functions } = {
  Auth: "vgca_auth", LoginIAM: "vgca_sign_iam", SignHash: "vgca_sign_hash", SignMsg: "vgca_sign_msg", SignJson: "vgca_sign_json", SignXML: "vgca_sign_xml",
};

/** Functions that take a callback alone. */
const alone: { readonly [method: string]: keyof Functions } = {
  GetCertInfo: "vgca_get_certinfo", GetVersion: "vgca_get_version", GetLicenseRequest: "vgca_license_request",
};

/** Does what one frame to a method asks for. */
function call(functions: Functions, method: string, text: string, reply: Reply): void {
  const named = (table: { readonly [method: string]: keyof Functions }): ((...args: unknown[]) => void) | undefined =>
    Object.hasOwn(table, method) ? (functions[table[method]!] as (...args: unknown[]) => void) : undefined;
  if (method === "Config") return functions.vgca_show_config();
  const sender = named(withSender);
  if (sender) return sender(undefined, text, (_: unknown, answer: string) => reply(answer));
  // What nobody knows gets the answer of what is not supported.
  return (named(alone) ?? named(withJSON)?.bind(undefined, text) ?? functions.vgca_sign_lylich.bind(undefined, text))(reply);
}

/**
 * What a page that opens a WebSocket to the service gets: the same to look at,
 * and connected to nothing but the functions.
 */
export class ServiceSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly url: string;
  readonly protocol = "";
  readonly extensions = "";
  readonly bufferedAmount = 0;
  binaryType: BinaryType = "blob";
  readyState = 0;
  declare onopen: unknown;
  declare onmessage: unknown;
  declare onerror: unknown;
  declare onclose: unknown;
  readonly #functions: Functions;
  readonly #method: string;

  constructor(url: URL, functions: Functions) {
    super();
    this.url = url.href;
    this.#functions = functions;
    this.#method = url.pathname.slice(1);
    // When the page has set its handlers.
    setTimeout(() => {
      if (this.readyState !== this.CONNECTING) return;
      this.readyState = this.OPEN;
      this.dispatchEvent(new Event("open"));
    });
  }

  send(data: unknown): void {
    if (this.readyState === this.CONNECTING) throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
    if (this.readyState !== this.OPEN) return;
    // At once: what opens the file chooser needs the person's click.
    call(this.#functions, this.#method, String(data), (text) => {
      if (this.readyState === this.OPEN) this.dispatchEvent(new MessageEvent("message", { data: text, origin: new URL(this.url).origin }));
    });
  }

  close(): void {
    if (this.readyState >= this.CLOSING) return;
    this.readyState = this.CLOSING;
    setTimeout(() => {
      this.readyState = this.CLOSED;
      this.dispatchEvent(new CloseEvent("close", { code: 1005, wasClean: true }));
    });
  }
}

/** onopen and its kin: one function of the page's each, which may be replaced. */
for (const type of ["open", "message", "error", "close"]) {
  const set = new WeakMap<EventTarget, EventListener>();
  Object.defineProperty(ServiceSocket.prototype, `on${type}`, {
    configurable: true,
    enumerable: true,
    get(this: EventTarget) {
      return set.get(this) ?? null;
    },
    set(this: EventTarget, handler: unknown) {
      const before = set.get(this);
      if (before) this.removeEventListener(type, before);
      set.delete(this);
      if (typeof handler !== "function") return;
      set.set(this, handler as EventListener);
      this.addEventListener(type, handler as EventListener);
    },
  });
}
