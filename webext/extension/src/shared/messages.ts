// What the extension's own pages ask of the background, and what it tells them.
// Nobody else is answered: not a content script, not another extension.

import type { AgentHello, AgentStatus, Anchors, DoctorReport, Failure, Grant, Language, ReviewPolicy } from "./native.js";
import { fromOwnPage } from "./sender.js";

/** Each request: what it takes besides its type, and what it gives. */
export interface Requests {
  /** All a popup shows. Connects to the agent, and starts it, when that is not so yet. */
  state: { params: object; result: State };
  /** The agent's own examination; takes a while. */
  doctor: { params: object; result: DoctorReport };
  /** Certificates the person trusts, from the agent. */
  anchors: { params: object; result: Anchors };
  /** The sites, as known; asks the agent again where it answers. */
  sites: { params: object; result: SiteList };
  /** Sent before the browser is asked for a site's permission: where its question closes the page, the answer switches the site on. */
  "want-site": { params: { origin: string }; result: object };
  /**
   * The person has switched the site on. The page asks for the site's permission
   * first, in its own click: permissions.request({origins: [pattern(origin)]}).
   */
  "allow-site": { params: { origin: string }; result: SiteList };
  /** Takes an allowed site back, with the site's permission. */
  "forget-site": { params: { origin: string }; result: SiteList };
  settings: { params: object; result: Settings };
  /** Sets what is given. What the administrator has set stays. */
  "set-settings": { params: { settings: Partial<OwnSettings> }; result: Settings };
  /** Of the review page: what its WebSocket is opened with. */
  "review-open": { params: { ticket: string }; result: Grant };
}

export type RequestType = keyof Requests;
export type Request = { [T in RequestType]: { type: T } & Requests[T]["params"] }[RequestType];
export type Answer<T extends RequestType> = { ok: true; result: Requests[T]["result"] } | { ok: false; error: Failure };

/** What pages that are open are told, over runtime.sendMessage: ask again. */
export interface Told {
  readonly type: "told";
  readonly what: "agent" | "tokens" | "sites" | "settings" | "review-ended";
  /** Of review-ended. */
  readonly ticket?: string;
}

export interface State {
  /** Whether the native messaging host and the agent answered. */
  readonly connected: boolean;
  /** Why not. */
  readonly failure?: Failure;
  readonly agent?: AgentHello;
  readonly status?: AgentStatus;
  readonly sites: SiteList;
  readonly settings: Settings;
  readonly extensionVersion: string;
  /** This extension's id, which an administrator lists; in Firefox its fixed name. */
  readonly extensionId: string;
}

/** Who allows a site. */
export type AllowedBy = "managed" | "policy" | "list" | "paired" | "person";

export interface Site {
  readonly origin: string;
  readonly by: AllowedBy;
  /** The browser lets the extension run on it. */
  readonly permission: boolean;
  readonly older: boolean;
  readonly hash: boolean;
}

export interface SiteList {
  readonly sites: readonly Site[];
  /** Whether the person may switch on further sites. */
  readonly pairing: boolean;
}

/** How the extension behaves: what an administrator has set, otherwise what the person has. */
export interface Settings extends OwnSettings {
  /** Names of those that an administrator has set. */
  readonly managed: readonly (keyof OwnSettings)[];
}

export interface OwnSettings {
  readonly language: Language;
  /** When documents are shown before signing. */
  readonly review: Exclude<ReviewPolicy, "">;
  /** Origins whose downloads are checked by themselves. */
  readonly checkDownloads: readonly string[];
}

/** The pattern of a site for permissions. Firefox knows none with a port: there it stands for all ports. */
export function pattern(origin: string): string {
  const { protocol, hostname, host } = new URL(origin);
  return `${protocol}//${firefox() ? hostname : host}/*`;
}

const firefox = (): boolean => chrome.runtime.getURL("").startsWith("moz-");

/** Asks the background; rejects with a RequestError. */
export async function ask<T extends RequestType>(type: T, ...[params]: object extends Requests[T]["params"] ? [] : [Requests[T]["params"]]): Promise<Requests[T]["result"]> {
  const answer = (await chrome.runtime.sendMessage({ ...params, type })) as Answer<T>;
  if (!answer.ok) throw new RequestError(answer.error);
  return answer.result;
}

/** What the background answers a request that came to nothing. */
export class RequestError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message.vi);
  }
}

/** Calls back when something is to be asked again. */
export function onTold(told: (what: Told["what"], ticket?: string) => void): void {
  chrome.runtime.onMessage.addListener((message: Partial<Told> | null, sender) => {
    if (fromOwnPage(sender) && message?.type === "told" && message.what) told(message.what, message.ticket);
  });
}
