// What the background and the agent say to each other over native messaging.

/** The native messaging host's registered name. */
export const nativeHost = "vn.kyso.host";

/** A sentence in both languages of the product. */
export interface Text {
  readonly vi: string;
  readonly en: string;
}

export type Language = keyof Text;

/** Why something was not done, and what a person can do about it. */
export interface Failure {
  readonly code: string;
  readonly message: Text;
  readonly remedy: Text;
}

/** When the agent shows documents for review before it asks; "" leaves it to the person. */
export type ReviewPolicy = "always" | "stamp" | "never" | "";

/** What the agent says of itself to hello. */
export interface AgentHello {
  readonly product: "kyso";
  readonly productVersion: string;
  readonly version: number;
  readonly port: number;
  /** SubjectPublicKeyInfo, base64url. */
  readonly agentKey: string;
}

/** The document a connection is for, all of it as the browser told. */
export interface PageDocument {
  readonly origin: string;
  readonly topOrigin: string;
  readonly tab: number;
  readonly frame: number;
  /** "" where the browser does not tell. */
  readonly documentId: string;
  readonly incognito: boolean;
}

/** What a WebSocket to the agent is opened with, once. */
export interface Grant {
  readonly capability: string;
  /** Milliseconds. */
  readonly expiresIn: number;
  readonly port: number;
}

export interface DocumentGrant extends Grant {
  readonly agentKey: string;
}

export interface AgentSites {
  readonly sites: readonly { readonly origin: string; readonly by: "policy" | "list" | "paired" }[];
  /** Whether a site the agent does not know may ask the person to be paired. */
  readonly pairing: boolean;
  /** Sites that get the incumbent's function names. */
  readonly older: readonly string[];
  /** Sites that may have hashes signed. */
  readonly hash: readonly string[];
  readonly review: ReviewPolicy;
}

export interface AgentStatus {
  readonly version: string;
  readonly state: "ready" | "no-token" | "busy";
  readonly tokens: readonly { readonly label: string; readonly pinState: string }[];
  readonly certificates: readonly AgentCertificate[];
  /** Newest first. */
  readonly requests: readonly PastRequest[];
}

export interface AgentCertificate {
  readonly holder: string;
  readonly organisation: string;
  readonly issuer: string;
  /** RFC 3339. */
  readonly notAfter: string;
  readonly daysLeft: number;
  readonly problem?: string;
}

export interface PastRequest {
  /** RFC 3339. */
  readonly time: string;
  readonly site: string;
  readonly kind: string;
  readonly decision: string;
  readonly documents: number;
}

/** The report of `kyso doctor --json`. */
export interface DoctorReport {
  readonly version: string;
  readonly ready: boolean;
  readonly checks: readonly DoctorCheck[];
}

export interface DoctorCheck {
  readonly id: string;
  readonly status: "ok" | "warning" | "problem" | "unknown";
  readonly title: Text;
  readonly detail: Text;
  readonly remedy?: Text;
}

export interface Anchors {
  /** Certificates the person trusts; DER, base64. */
  readonly anchors: readonly { readonly name: string; readonly der: string }[];
}

/** The methods of the agent: what each takes and gives. */
export interface Methods {
  hello: { params: HelloParams; result: AgentHello };
  open: { params: { document: PageDocument }; result: DocumentGrant };
  sites: { params: undefined; result: AgentSites };
  status: { params: undefined; result: AgentStatus };
  doctor: { params: undefined; result: DoctorReport };
  anchors: { params: undefined; result: Anchors };
  "review-open": { params: { ticket: string }; result: Grant };
}

export interface HelloParams {
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly extensionVersion: string;
  readonly origin: string;
  readonly language: Language;
  /** By which the agent knows this extension among those of other profiles. */
  readonly profile: string;
  /** What the person has chosen. The agent's administrator may have decided otherwise. */
  readonly review: Exclude<ReviewPolicy, "">;
}

/** A review the agent asks for. */
export interface Review {
  readonly ticket: string;
  readonly origin: string;
  readonly tab: number;
  /** How many. */
  readonly documents: number;
}

/** What the host, and through it the agent, sends. */
export type AgentMessage =
  | { readonly host: { readonly version: string; readonly extension: string } }
  | { readonly id: string; readonly type: "result"; readonly result: unknown }
  /** Without an id it is the host's, and the channel is at its end. */
  | { readonly id?: string; readonly type: "error"; readonly error: Failure }
  | { readonly type: "event"; readonly event: "tokens" | "sites" }
  | { readonly type: "event"; readonly event: "review"; readonly review: Review }
  | { readonly type: "event"; readonly event: "review-ended"; readonly ticket: string };
