// The whole public API of @kyso/verify, in declarations alone. The report
// mirrors signature/verify/report.go; a test compares the two.

export type Language = "vi" | "en";

/** A sentence in both languages of the product. */
export interface Text {
  readonly vi: string;
  readonly en: string;
}

/** A PDF. A Blob (a File too) is read piece by piece and never copied whole. */
export type Source = Blob | ArrayBuffer | Uint8Array;

/** Bytes of a certificate, CRL or OCSP response. */
export type Bytes = ArrayBuffer | Uint8Array;

export interface InitializeOptions {
  /** Where kyso.wasm is. Default: beside index.js. */
  readonly wasmURL?: string | URL;
  /** Where worker.js is; same origin as the page. Default: beside index.js. */
  readonly workerURL?: string | URL;
}

/**
 * Loads the engine, once. Calling it is optional: the first verify does it with
 * the defaults. After a rejection it may be called again; once the engine is
 * loaded, a call with other addresses rejects with ALREADY_INITIALIZED.
 */
export type Initialize = (options?: InitializeOptions) => Promise<void>;

/** What the caller has gathered besides the document. */
export interface Evidence {
  /** DER, PEM, or a certs-only PKCS#7. They help to build a path; they are not trusted. */
  readonly certificates?: readonly Bytes[];
  /** DER or PEM. */
  readonly crls?: readonly Bytes[];
  /** DER. */
  readonly ocsps?: readonly Bytes[];
}

export interface Controls {
  /** How many of the bytes to hash are done. */
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the work at once; verify then rejects with CANCELLED. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  /** Bytes. */
  readonly done: number;
  readonly total: number;
}

export interface VerifyOptions extends Controls {
  /** Trust anchors: DER, PEM, or a certs-only PKCS#7. Without any, no signature is ever trusted. */
  readonly trust?: readonly Bytes[];
  readonly evidence?: Evidence;
  /** The moment to judge for: a Date, or milliseconds since 1970. Default: now. */
  readonly at?: Date | number;
  /** The language of errors. Default: "vi". The report is always in both. */
  readonly language?: Language;
}

/**
 * Judges every signature of a PDF in a Worker. A bad signature is a verdict in
 * the report, not a rejection. Calls are answered one after the other. Controls
 * may stand in the options or apart; those apart win.
 */
export type Verify = (document: Source, options?: VerifyOptions, controls?: Controls) => Promise<Report>;

/** Tells by its content what a file is that a person picked as evidence. */
export type Inspect = (file: Blob | Bytes) => Promise<Material>;

export interface Material {
  readonly kind: "certificates" | "crl" | "ocsp" | "pdf" | "unknown";
  /** When kind is "certificates". */
  readonly certificates?: readonly Certificate[];
  /** These three when kind is "crl". */
  readonly issuer?: string;
  readonly thisUpdate?: string;
  readonly nextUpdate?: string;
}

export interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** It may issue other certificates. */
  readonly ca: boolean;
  /** Its issuer has its own name, as a root's has. */
  readonly selfIssued: boolean;
  /** SHA-256 of the certificate, hexadecimal. */
  readonly sha256: string;
  /** The certificate itself, base64. */
  readonly der: string;
}

export type ErrorCode =
  /** The bytes are no PDF. */
  | "NOT_A_PDF"
  /** A PDF whose structure cannot be followed. */
  | "DAMAGED_PDF"
  /** The browser could not read the file: it was changed or taken away. */
  | "FILE_UNREADABLE"
  /** A trust anchor or a certificate could not be read. */
  | "BAD_EVIDENCE"
  /** Anchors and evidence have more than 64 MiB. */
  | "TOO_LARGE"
  /** The call itself is wrong; detail says how. */
  | "BAD_REQUEST"
  | "CANCELLED"
  /** kyso.wasm or worker.js could not be loaded. */
  | "ENGINE_UNAVAILABLE"
  | "ALREADY_INITIALIZED"
  | "INTERNAL";

/** Every promise of this package rejects with a VerifyError and nothing else. */
export interface VerifyError extends Error {
  readonly code: ErrorCode;
  /** What happened, in the language asked for. */
  readonly message: string;
  /** What the person can do about it, in the same language. */
  readonly remedy: string;
  readonly messages: Text;
  readonly remedies: Text;
  /** For programmers, English; may be empty. */
  readonly detail: string;
}

export interface VerifyErrorConstructor {
  new (code: ErrorCode, detail?: string, language?: Language): VerifyError;
  readonly prototype: VerifyError;
}

// --- The report. Times are RFC 3339; docs/report.md describes each member.

export type Verdict = "TOTAL-PASSED" | "TOTAL-FAILED" | "INDETERMINATE";

export type Coverage = "whole-file" | "revision" | "partial" | "none";

export type Modification = "none" | "allowed" | "undetermined" | "not-allowed";

export interface Message extends Text {
  readonly code: string;
}

export interface Report {
  /** The name of the File, where one was given. */
  readonly file?: string;
  readonly verdict: Verdict;
  readonly subIndication?: string;
  /** Why the verdict is not TOTAL-PASSED. */
  readonly reason?: Message;
  /** The moment the document was judged for. */
  readonly time: string;
  /** Bytes. */
  readonly size: number;
  /** 0 when the page tree could not be read. */
  readonly pages: number;
  readonly revisions: number;
  readonly signatures: readonly Signature[];
  readonly warnings: readonly Message[];
  /** Evidence that would tell more. */
  readonly missing?: readonly Missing[];
}

/** Evidence about one certificate that nobody has handed in. */
export interface Missing {
  readonly need: "issuer" | "revocation";
  /** The certificate concerned: its common name. */
  readonly subject: string;
  /** Of that certificate, hexadecimal. */
  readonly sha256: string;
  /** Addresses the certificate names. They come from a stranger. */
  readonly ocsps?: readonly string[];
  readonly crls?: readonly string[];
  readonly issuers?: readonly string[];
}

export interface Signature {
  readonly field: string;
  readonly kind: "signature" | "certification" | "timestamp";
  readonly verdict: Verdict;
  readonly subIndication?: string;
  readonly reason?: Message;
  readonly level: "B-B" | "B-T" | "B-LT" | "B-LTA" | "timestamp" | "legacy";
  readonly subFilter: string;
  /** The digest of the signed bytes equals the signed digest. */
  readonly intact: boolean;
  /** Intact, and the signature value is the signer's. */
  readonly valid: boolean;
  /** Valid, and the signer's certificate was proven good. */
  readonly trusted: boolean;
  readonly coverage: Coverage;
  /** The revision this signature closes; 1 is the oldest, 0 is unknown. */
  readonly revision: number;
  readonly modification: Modification;
  readonly changes: readonly Change[];
  readonly signer?: Signer;
  readonly issuer?: string;
  /** What the signer's machine said. It proves nothing. */
  readonly claimedTime?: string;
  readonly bestTime: BestTime;
  readonly revocation: Revocation;
  readonly algorithm?: string;
  readonly timestamps: readonly Timestamp[];
  readonly warnings: readonly Message[];
}

export interface Timestamp {
  readonly kind: "content" | "signature" | "document";
  /** What the TSA said; it counts when the verdict is TOTAL-PASSED. */
  readonly time: string;
  readonly verdict: Verdict;
  readonly subIndication?: string;
  readonly reason?: Message;
  /** The TSA's common name, and that of its CA. */
  readonly signer?: string;
  readonly issuer?: string;
}

export interface Signer {
  readonly name: string;
  readonly organisation?: string;
  readonly unit?: string;
  readonly email?: string;
  /** Hexadecimal. */
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Of the certificate, hexadecimal. */
  readonly sha256: string;
}

export interface BestTime {
  readonly value: string;
  readonly source: "timestamp" | "document-timestamp" | "validation-time";
}

export interface Revocation {
  readonly status: "good" | "revoked" | "unknown";
  readonly source?: "ocsp" | "crl";
  /** How old the evidence was, in seconds. */
  readonly age?: number;
  readonly revokedAt?: string;
}

export interface Change extends Message {
  readonly revision: number;
  readonly object: number;
  readonly path?: string;
  readonly effect: Modification;
}
