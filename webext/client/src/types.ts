// The whole public API of @kyso/client, in declarations alone. docs/protocol.md
// describes what goes over the wire.

/** A sentence in both languages of the product. */
export interface Text {
  readonly vi: string;
  readonly en: string;
}

export type Language = "vi" | "en";

/** What the agent answers; docs/protocol.md says when. */
export type AgentErrorCode =
  | "NO_TOKEN" | "NO_CERTIFICATE" | "CERTIFICATE_EXPIRED" | "PIN_INCORRECT" | "PIN_FINAL_TRY" | "PIN_LOCKED"
  | "TOKEN_REMOVED" | "MODULE_PROBLEM"
  | "REFUSED" | "CANCELLED" | "TIMEOUT" | "NOBODY_TO_ASK" | "CONSENT_PROBLEM" | "BUSY"
  | "NOT_A_PDF" | "DAMAGED_PDF" | "ENCRYPTED_PDF" | "LOCKED_PDF" | "TOO_LARGE" | "DOCUMENT_CHANGED"
  | "NO_FIELD" | "FIELD_SIGNED" | "LEVEL_UNSUPPORTED" | "SELF_CHECK_FAILED" | "NOT_TRIED"
  | "DYNAMIC_FORM" | "NOT_FIRST" | "FIELD_DEMANDS" | "NO_PLACE" | "STAMP_PROBLEM" | "PERSON_FIRST"
  | "TIMESTAMP_UNAVAILABLE" | "EVIDENCE_UNAVAILABLE" | "CERTIFICATE_REVOKED" | "LEVEL_UNREACHABLE" | "SIGNATURE_BAD" | "NOT_SIGNED"
  | "AUTHENTICATION_FAILED" | "PAIRING_NEEDED" | "CAPABILITY_REFUSED" | "NOT_RESUMABLE" | "RATE_LIMITED" | "AUDIT_PROBLEM"
  | "AGENT_UNAVAILABLE" | "EXTENSION_REFUSED" | "BROWSER_REFUSED"
  | "HASH_REFUSED" | "ORIGIN_REFUSED" | "VERSION_UNSUPPORTED" | "BAD_REQUEST" | "STORAGE_PROBLEM" | "INTERNAL";

/** What is found out on this side, without an answer of the agent. */
export type ClientErrorCode =
  /** Nothing answered: the agent is not installed, not running, or does not allow this site. */
  | "AGENT_NOT_FOUND"
  /** The browser has not been allowed to reach programs on this computer, and may ask again. */
  | "PERMISSION_NEEDED"
  /** The person, or an administrator, has forbidden it. */
  | "PERMISSION_DENIED"
  /** The page cannot connect as it is, whatever the person allows; cause says why. */
  | "BLOCKED"
  /** What answers is not the agent this site knows: installed anew, or another program in its place. */
  | "AGENT_CHANGED"
  /** The connection ended before the answer came. */
  | "CONNECTION_LOST"
  /** The document could not be read in the browser. */
  | "FILE_UNREADABLE"
  /** Only the extension's road was asked for, and the extension is not on this page. */
  | "EXTENSION_NOT_FOUND"
  /** The extension is here, but Kyso's program is not, or not known to the browser. */
  | "HOST_MISSING"
  /** Kyso's program is not for this extension. */
  | "HOST_REFUSED"
  /** The program ended, or what it said was not Kyso's. */
  | "HOST_FAILED";

export type ErrorCode = AgentErrorCode | ClientErrorCode;

/**
 * Why a page can never connect as it is: it came over http; the page around it
 * has no allow="loopback-network" on its frame, or a Permissions-Policy header
 * takes the right away; connect-src of its Content-Security-Policy does not name
 * the agent.
 */
export type BlockedCause = "insecure-page" | "permissions-policy" | "content-security-policy";

/**
 * How the agent is reached: through the browser extension, where it runs on this
 * page, or straight from the page, where the browser lets it.
 */
export type RoadName = "extension" | "direct";

/** Every promise of this package rejects with a KysoError and nothing else. */
export interface KysoError extends Error {
  readonly code: ErrorCode;
  /** What happened, in the language chosen with connect. */
  readonly message: string;
  /** What the person can do about it, in the same language. */
  readonly remedy: string;
  readonly messages: Text;
  readonly remedies: Text;
  /** Of a batch that was not, or not all, signed: what became of each document, where that is known. */
  readonly documents?: readonly DocumentResult[];
  /** Of RATE_LIMITED: how long to wait before trying again, in milliseconds. */
  readonly retryAfter?: number;
  /** Of BLOCKED. */
  readonly cause?: BlockedCause;
}

export interface KysoErrorConstructor {
  new (code: ErrorCode, messages: Text, remedies: Text, language?: Language): KysoError;
  readonly prototype: KysoError;
}

export interface ConnectOptions {
  /** The only road to take. Default: the extension's, otherwise the direct one. */
  readonly road?: RoadName;
  /** The loopback ports to try. Default: those the agent tries. */
  readonly ports?: readonly number[];
  /**
   * How long to look for the agent on the direct road, in milliseconds. Default: 4000, and 60000
   * when the browser may be asking the person for permission.
   */
  readonly timeout?: number;
  /** The language of errors and of the agent's windows. Default: "vi". */
  readonly language?: Language;
  readonly signal?: AbortSignal;
  /**
   * Called when this site is not known to the agent yet: show the six words. The
   * agent shows six as well, and the person agrees there when they are the same;
   * connect goes on, or rejects with REFUSED. Without it connect rejects with
   * PAIRING_NEEDED.
   */
  readonly onPairing?: (words: readonly string[]) => void;
  /**
   * Take any agent for the one this site knows, and know it from now on. Only
   * after AGENT_CHANGED, and when the person has said on the page that Kyso was
   * installed anew: whoever sets it always gives up noticing a program that took
   * the agent's place. Through the extension it is still the agent that the
   * extension names, and no other. Default: false.
   */
  readonly acceptNewAgent?: boolean;
}

/**
 * Finds the agent on this computer. Both ends prove who they are: this site has
 * a key of its own in the browser, and keeps the first agent's key it has seen.
 */
export type Connect = (options?: ConnectOptions) => Promise<Agent>;

/** Says why signing does not work, or that it does. Shows no window of the agent; the browser may ask the person. */
export type Diagnose = (options?: ConnectOptions) => Promise<Diagnosis>;

/** What stands in the way, and what was seen on the way there. */
export interface Diagnosis {
  /** A document can be signed now. */
  readonly ready: boolean;
  /** What is in the way, with its code, words and remedy; not there when ready. */
  readonly error?: KysoError;
  /** How the agent was reached. */
  readonly road?: RoadName;
  /** Whether the extension runs on this page, and why it was of no use. */
  readonly extension: { readonly present: boolean; readonly error?: KysoError };
  /** What the browser says about reaching programs on this computer; of no matter with the extension. */
  readonly permission: BrowserPermission;
  /** The page came over https, or from this computer. */
  readonly secure: boolean;
  /** The page is inside another one. */
  readonly framed: boolean;
  /** The agent's version, where one answered. */
  readonly agent?: string;
  readonly status?: Status;
}

export type BrowserPermission = "granted" | "denied" | "prompt" | "unknown";

/**
 * A connection to the agent. When it drops, signings under way go on over a new
 * one by themselves, as long as the agent keeps them (10 seconds, and 60 once
 * the person has agreed). Without any it ends: call connect again.
 */
export interface Agent {
  readonly version: string;
  readonly road: RoadName;
  readonly limits: Limits;
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;
  status(controls?: Controls): Promise<Status>;
  /** Lists the certificates at hand; without a token the list is empty. */
  certificates(controls?: Controls): Promise<Certificate[]>;
  /**
   * Asks the person to sign. The agent shows its own window; this resolves when
   * the signed document is here. Nothing is signed when it rejects.
   */
  sign(document: DocumentInput, options?: SignOptions, controls?: Controls): Promise<SignedDocument>;
  /**
   * Asks the person to sign all of the documents with one consent. Rejects when
   * one of them was not signed, with its error; see signEach.
   */
  sign(documents: readonly DocumentInput[], options?: SignOptions, controls?: SignControls): Promise<SignedDocument[]>;
  /**
   * Asks the person to sign the documents with one consent, and tells of each
   * what became of it, in their order. Rejects when none was signed.
   */
  signEach(documents: readonly DocumentInput[], options?: SignOptions, controls?: SignControls): Promise<DocumentResult[]>;
  /**
   * Asks the person to sign a digest that this page has made. The agent cannot show
   * what it is of and warns the person: only for sites that an administrator has
   * named, others get HASH_REFUSED. Send the document instead wherever that works.
   */
  signHash(input: HashInput, controls?: Controls): Promise<HashSignature>;
  verify(document: DocumentInput, options?: VerifyOptions, controls?: Controls): Promise<Report>;
  /** Calls back when a token comes or goes, until the function it gives is called. */
  onTokens(told: (event: TokensEvent) => void): () => void;
  close(): void;
}

export interface Limits {
  readonly chunkBytes: number;
  readonly controlBytes: number;
  readonly documents: number;
  readonly maxDocumentBytes: number;
  readonly maxRequestBytes: number;
}

/** A File, a Blob, or either with a name of your own and the digest you expect. */
export type DocumentInput = Blob | NamedDocument;

export interface NamedDocument {
  readonly blob: Blob;
  /** What the person is shown. Default: the File's name, or "document.pdf". */
  readonly name?: string;
  /** SHA-256 in lower-case hexadecimal. The agent refuses other bytes. */
  readonly sha256?: string;
}

export interface Controls {
  readonly onProgress?: (progress: Progress) => void;
  /** Aborting cancels the request; an open window of the agent closes. */
  readonly signal?: AbortSignal;
}

export interface SignControls extends Controls {
  /**
   * Called for each signed document as soon as all of it is here, in any order:
   * it has passed the agent's checks, and is signed whatever becomes of the
   * others.
   */
  readonly onSigned?: (document: ReadyDocument) => void;
}

/** A signed document of a batch that others are still being signed of. */
export interface ReadyDocument {
  /** Index of the document among those to sign. */
  readonly index: number;
  readonly name: string;
  readonly blob: Blob;
  readonly size: number;
  /** As the agent announced it, lower-case hexadecimal. */
  readonly sha256: string;
}

/** What became of one document: exactly one of signed and error is there. */
export interface DocumentResult {
  readonly name: string;
  readonly signed?: SignedDocument;
  readonly error?: KysoError;
}

/** "stop": sign all or stop at the first that cannot be. "continue": leave that one out. */
export type OnError = "stop" | "continue";

export interface Progress {
  /** "queued": done others are before this request, of total that wait. */
  readonly stage: "receiving" | "queued" | "checking" | "waiting-for-person" | "signing" | "verifying" | "sending";
  /** Index of the document the stage is about. */
  readonly document: number;
  /** Bytes; both 0 when the stage is not counted in bytes. */
  readonly done: number;
  readonly total: number;
  /** How many documents have been signed, or will not be. Older agents do not tell. */
  readonly finished?: number;
}

export interface Status {
  readonly state: "ready" | "no-token" | "busy";
  readonly certificates: number;
  readonly levels: readonly string[];
}

/** Which tokens are there now. */
export interface TokensEvent {
  readonly state: Status["state"];
  readonly certificates: number;
}

export interface Certificate {
  readonly id: string;
  readonly holder: string;
  readonly organisation: string;
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serial: string;
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** The certificate itself, base64url; for sites alone that may use signHash. */
  readonly der?: string;
}

/** A signature of a person, of an agency, or on an attachment, a copy or a document to be archived; docs/stamps.md. */
export type Profile = "personal" | "agency" | "attachment" | "copy" | "archive";

/** A PAdES baseline level (ETSI EN 319 142-1). */
export type Level = "B-B" | "B-T" | "B-LT" | "B-LTA";

export interface SignOptions {
  /** One of the levels in Status. Default: the administrator's choice, otherwise "B-B". */
  readonly level?: Level;
  /** The id of the Certificate to sign with. Default: the person chooses. */
  readonly certificate?: string;
  readonly reason?: string;
  readonly location?: string;
  /** The empty signature field to fill, or the name of the one to make. Default: a new field. */
  readonly field?: string;
  /** What becomes of the others when one document cannot be signed. Default: "stop". */
  readonly onError?: OnError;
  /** What the signature stands for. Default: outside these rules, and invisible without a template. */
  readonly profile?: Profile;
  /** A template installed on that computer, in place of the profile's own. */
  readonly template?: string;
  /** "auto", or "PAGE,X,Y,W,H" in points from the page's lower left corner. Default: "auto", the template's place. */
  readonly place?: string;
  /** Number and symbol of the document; an attachment must have them. This and what follows need a profile or a template. */
  readonly number?: string;
  /** Of a copy. Default: "SAO Y". */
  readonly form?: "SAO Y" | "SAO LỤC" | "TRÍCH SAO";
  /** The agency's name on the stamp. Default: the certificate's. */
  readonly agency?: string;
  /** With the profile "agency": why it signs what no person has validly signed. The person is shown it, and it is recorded. */
  readonly withoutPerson?: string;
}

export interface SignedDocument {
  readonly blob: Blob;
  readonly name: string;
  readonly size: number;
  /** Of the signed document, as the agent states it; lower-case hexadecimal. */
  readonly sha256: string;
  readonly field: string;
  readonly level: string;
  readonly certificate: Certificate;
}

export type HashFunction = "SHA-256" | "SHA-384" | "SHA-512";

/** A digest to sign. */
export interface HashInput {
  /** As many bytes as the function makes. */
  readonly hash: ArrayBuffer | ArrayBufferView;
  readonly hashFunction: HashFunction;
  /** The id of the Certificate to sign with. Default: the person chooses. */
  readonly certificate?: string;
}

/** A bare signature over a digest. */
export interface HashSignature {
  /** RSASSA-PKCS1-v1_5; of an EC key r and s side by side (IEEE P1363). */
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly algorithm: {
    readonly cryptoAlgorithm: "RSA" | "ECC";
    readonly hashFunction: HashFunction;
    readonly paddingScheme: "PKCS1.5" | "NONE";
  };
  /** The one that was used, with its der. */
  readonly certificate: Certificate;
}

export interface VerifyOptions {
  /** DER certificates, CRLs and OCSP responses to judge with. */
  readonly certificates?: readonly Blob[];
  readonly crls?: readonly Blob[];
  readonly ocsps?: readonly Blob[];
}

export type Verdict = "TOTAL-PASSED" | "TOTAL-FAILED" | "INDETERMINATE";
export type Modification = "none" | "allowed" | "undetermined" | "not-allowed";

export interface Message extends Text {
  readonly code: string;
}

/** The verdict over one document; docs/report.md describes each member. */
export interface Report {
  readonly file?: string;
  readonly verdict: Verdict;
  readonly subIndication?: string;
  readonly reason?: Message;
  readonly time: string;
  readonly size: number;
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
  readonly intact: boolean;
  readonly valid: boolean;
  readonly trusted: boolean;
  readonly coverage: "whole-file" | "revision" | "partial" | "none";
  readonly revision: number;
  readonly modification: Modification;
  readonly changes: readonly Change[];
  readonly signer?: Signer;
  readonly issuer?: string;
  readonly claimedTime?: string;
  readonly bestTime: { readonly value: string; readonly source: "timestamp" | "document-timestamp" | "validation-time" };
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
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly sha256: string;
}

export interface Revocation {
  readonly status: "good" | "revoked" | "unknown";
  readonly source?: "ocsp" | "crl";
  /** Seconds. */
  readonly age?: number;
  readonly revokedAt?: string;
}

export interface Change extends Message {
  readonly revision: number;
  readonly object: number;
  readonly path?: string;
  readonly effect: Modification;
}
