// What the native messaging host sends is looked at before it is used: the
// browser starts whatever program is registered under the name.

import type { AgentMessage, Failure, Methods, Review, Text } from "../shared/native.js";

type Members = Record<string, unknown>;

/** The protocol version of the native channel. */
export const nativeVersion = 1;

const maxSites = 1000;
const maxSentence = 2000; // characters

const isObject = (v: unknown): v is Members => typeof v === "object" && v !== null && !Array.isArray(v);
const isString = (v: unknown, most: number): v is string => typeof v === "string" && v.length <= most;
const isCount = (v: unknown, most: number): v is number => Number.isInteger(v) && (v as number) >= 0 && (v as number) <= most;
const isPort = (v: unknown): v is number => isCount(v, 65535) && v > 0;
const isToken = (v: unknown): v is string => isString(v, 200) && /^[A-Za-z0-9_-]{16,}$/.test(v);
const isText = (v: unknown): v is Text => isObject(v) && isString(v.vi, maxSentence) && isString(v.en, maxSentence);
const isFailure = (v: unknown): v is Failure => isObject(v) && isString(v.code, 64) && isText(v.message) && isText(v.remedy);

/**
 * The origin of a site that can be allowed: https, or http on this computer,
 * spelt as browsers do. For URL "*" is a host like others; in a pattern it is all
 * of them.
 */
export function isSite(v: unknown): v is string {
  if (!isString(v, 300)) return false;
  try {
    const { origin, protocol, hostname } = new URL(v);
    return origin === v && /^([a-z0-9._-]+|\[[0-9a-f:]+\])$/.test(hostname) && (protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname)));
  } catch {
    return false;
  }
}

const isReview = (v: unknown): v is Review =>
  isObject(v) && isToken(v.ticket) && isString(v.origin, 300) && Number.isInteger(v.tab) && isCount(v.documents, 100_000);

/** A message of the host or the agent, or undefined when it cannot be one. */
export function agentMessage(m: unknown): AgentMessage | undefined {
  if (!isObject(m)) return undefined;
  const right = m.host !== undefined ? isObject(m.host) && isString(m.host.version, 100) && isString(m.host.extension, 200)
    : m.type === "result" ? isString(m.id, 64) && isObject(m.result)
    : m.type === "error" ? (m.id === undefined || isString(m.id, 64)) && isFailure(m.error)
    : m.type === "event" ? isString(m.event, 64) && (m.event !== "review" || isReview(m.review)) && (m.event !== "review-ended" || isToken(m.ticket))
    : false;
  return right ? (m as unknown as AgentMessage) : undefined;
}

const isTime = (v: unknown): boolean => isString(v, 40) && !Number.isNaN(Date.parse(v));
const isName = (v: unknown): boolean => isString(v, 1000);
const isDevice = (t: unknown): boolean => isObject(t) && isName(t.label) && ["", "low", "final", "locked"].includes(t.pinState as string);
const isCertificate = (c: unknown): boolean => isObject(c) && isName(c.holder) && isName(c.organisation) && isName(c.issuer) && isTime(c.notAfter)
  && Number.isSafeInteger(c.daysLeft) && (c.problem === undefined || isString(c.problem, maxSentence));
const isPast = (r: unknown): boolean => isObject(r) && isTime(r.time) && isName(r.site) && isString(r.kind, 64) && isString(r.decision, 64) && isCount(r.documents, 100_000);

const isGrant = (r: Members): boolean => isToken(r.capability) && isCount(r.expiresIn, 3_600_000) && isPort(r.port);
const isList = (v: unknown, most: number, item: (v: unknown) => boolean): boolean => Array.isArray(v) && v.length <= most && v.every(item);

const results: { [M in keyof Methods]: (r: Members) => boolean } = {
  hello: (r) => r.product === "kyso" && isString(r.productVersion, 100) && r.version === nativeVersion && isPort(r.port) && isToken(r.agentKey),
  open: (r) => isGrant(r) && isToken(r.agentKey),
  "review-open": isGrant,
  sites: (r) => isList(r.sites, maxSites, (s) => isObject(s) && isSite(s.origin) && ["policy", "list", "paired"].includes(s.by as string))
    && typeof r.pairing === "boolean" && isList(r.older, maxSites, isSite) && isList(r.hash, maxSites, isSite)
    && ["always", "stamp", "never", ""].includes(r.review as string),
  status: (r) => isString(r.version, 100) && isString(r.state, 64) && isList(r.tokens, 100, isDevice) && isList(r.certificates, 100, isCertificate)
    && isList(r.requests, 100, isPast),
  doctor: (r) => isString(r.version, 100) && typeof r.ready === "boolean"
    && isList(r.checks, 500, (c) => isObject(c) && isString(c.id, 100) && ["ok", "warning", "problem", "unknown"].includes(c.status as string) && isText(c.title) && isText(c.detail) && (c.remedy === undefined || isText(c.remedy))),
  anchors: (r) => isList(r.anchors, maxSites, (a) => isObject(a) && isString(a.name, 1000) && isString(a.der, 1 << 20)),
};

/** Whether a result is one of the method's. */
export const isResult = <M extends keyof Methods>(method: M, result: unknown): result is Methods[M]["result"] =>
  isObject(result) && results[method](result);

