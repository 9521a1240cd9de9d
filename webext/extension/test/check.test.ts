import assert from "node:assert/strict";
import { test } from "node:test";
import { agentMessage, isResult, isSite } from "../src/background/check.js";
import { failureOf } from "../src/background/native.js";
import { merged } from "../src/background/settings.js";
import { allowed, scripts } from "../src/background/sites.js";
import { failures } from "../src/shared/failures.js";

const text = { vi: "a", en: "b" };
const token = "LdAL134CIs7YgmZUganB2fkHMJ0W4F7QB6HqY5KEd6k";

test("sites are spelt as browsers spell origins, and come over https or from this computer", () => {
  for (const right of ["https://a.example", "https://a.example:8443", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://xn--bcher-kva.example"]) assert.ok(isSite(right), right);
  for (const wrong of ["http://a.example", "https://a.example/", "https://A.example", "https://a.example:443", "https://*.example", "https://*", "https://a*.example", "https://ă.example", "a.example",
    "null", "file://", "https://", "chrome-extension://macengpdlehkbnphmgbiaalindljbkom", "https://u@a.example", 7, null, `https://${"a".repeat(400)}.example`]) {
    assert.ok(!isSite(wrong), String(wrong));
  }
});

test("messages of the host are known shapes", () => {
  for (const right of [
    { host: { version: "1", extension: "extension@kyso" } }, { id: "1", type: "result", result: {} },
    { type: "error", error: { code: "X", message: text, remedy: text } }, { id: "2", type: "error", error: { code: "X", message: text, remedy: text } },
    { type: "event", event: "tokens" }, { type: "event", event: "one of tomorrow" },
    { type: "event", event: "review", review: { ticket: token, origin: "https://a.example", tab: 1, documents: 2 } }, { type: "event", event: "review-ended", ticket: token },
  ]) assert.ok(agentMessage(right), JSON.stringify(right));
  for (const wrong of [null, 1, [], {}, { host: {} }, { host: 1 }, { type: "result", result: {} }, { id: "1", type: "result", result: 1 }, { id: "1".repeat(65), type: "result", result: {} },
    { type: "error", error: { code: "X", message: "a", remedy: text } }, { type: "event" }, { type: "event", event: "review", review: { ticket: "javascript:1" } },
    { type: "event", event: "review-ended", ticket: "#" }]) {
    assert.equal(agentMessage(wrong), undefined, JSON.stringify(wrong));
  }
});

test("results are looked at", () => {
  const hello = { product: "kyso", productVersion: "1", version: 1, port: 17810, agentKey: token };
  const sites = { sites: [{ origin: "https://a.example", by: "policy" }], pairing: true, older: [], hash: [], review: "" };
  assert.ok(isResult("hello", hello) && isResult("sites", sites) && isResult("open", { capability: token, expiresIn: 60000, port: 1, agentKey: token }));
  for (const change of [{ product: "other" }, { version: 2 }, { port: 0 }, { port: "17810" }, { port: 65536 }, { agentKey: "" }, { agentKey: 'x"><' }]) assert.ok(!isResult("hello", { ...hello, ...change }));
  for (const change of [{ sites: [{ origin: "https://*", by: "policy" }] }, { sites: [{ origin: "https://a.example", by: "me" }] }, { sites: undefined }, { pairing: 1 }, { older: ["http://a.example"] },
    { review: "x" }, { sites: Array(1001).fill(sites.sites[0]) }]) assert.ok(!isResult("sites", { ...sites, ...change }), JSON.stringify(change).slice(0, 60));
  assert.ok(!isResult("open", { capability: "a b", expiresIn: 1, port: 1, agentKey: token }));
  assert.ok(!isResult("review-open", { capability: token, expiresIn: 1 }));
});

test("what the popup shows is looked at: a date that is none, a finding of no kind", () => {
  const certificate = { holder: "Nguyễn Văn Thử", organisation: "", issuer: "CA", notAfter: "2028-05-01T00:00:00Z", daysLeft: -3 };
  const request = { time: "2026-11-22T19:00:00.123+07:00", site: "", kind: "document", decision: "approved", documents: 1 };
  const status = { version: "1", state: "ready", tokens: [{ label: "T", pinState: "" }], certificates: [certificate], requests: [request] };
  assert.ok(isResult("status", status));
  for (const change of [{ tokens: [{ label: 1, pinState: "" }] }, { tokens: [{ label: "T", pinState: "constructor" }] }, { certificates: [{ ...certificate, notAfter: "soon" }] },
    { certificates: [{ ...certificate, daysLeft: "9" }] }, { certificates: [{ ...certificate, holder: undefined }] }, { requests: [{ ...request, time: "x" }] }, { requests: [{ ...request, documents: -1 }] }]) {
    assert.ok(!isResult("status", { ...status, ...change }), JSON.stringify(change));
  }
  const doctor = (status: string) => ({ version: "1", ready: true, checks: [{ id: "a", status, title: text, detail: text }] });
  assert.ok(isResult("doctor", doctor("problem")));
  assert.ok(!isResult("doctor", doctor("fatal"))); // it would be shown nowhere
});

test("what the browsers say of a host that cannot be", () => {
  // Chromium's words, then Firefox's.
  assert.equal(failureOf("Specified native messaging host not found."), failures.hostMissing);
  assert.equal(failureOf("No such native application vn.kyso.host"), failures.hostMissing);
  assert.equal(failureOf("Access to the specified native messaging host is forbidden."), failures.hostRefused);
  assert.equal(failureOf("This extension does not have permission to use native application vn.kyso.host (or the application is not installed)"), failures.hostRefused);
  assert.equal(failureOf("Native host has exited."), failures.hostFailed);
  assert.equal(failureOf(""), failures.hostFailed);
});

const agent = { sites: [{ origin: "https://a.example", by: "list" as const }], pairing: false, older: ["https://a.example", "https://x.example"], hash: ["https://p.example"], review: "" as const };

test("the person's sites count where pairing is allowed, and functions go to allowed sites alone", () => {
  const known = { managed: ["https://m.example"], agent, person: ["https://p.example", "https://a.example"] };
  assert.deepEqual(Object.fromEntries(allowed(known)), { "https://a.example": "list", "https://m.example": "managed" });
  assert.deepEqual(scripts(known), { content: ["https://a.example", "https://m.example"], older: ["https://a.example"], hash: [] });
  const pairing = { ...known, agent: { ...agent, pairing: true } };
  assert.deepEqual(Object.fromEntries(allowed(pairing)), { "https://p.example": "person", "https://a.example": "list", "https://m.example": "managed" });
  assert.deepEqual(scripts(pairing).hash, ["https://p.example"]);
});

test("the administrator's settings come first, and nonsense not at all", () => {
  assert.deepEqual(merged({}, {}), { language: "vi", review: "always", checkDownloads: [], managed: [] });
  assert.deepEqual(merged({ review: "stamp", sites: ["https://a.example"] }, { review: "never", language: "en" }), { language: "en", review: "stamp", checkDownloads: [], managed: ["review"] });
  assert.deepEqual(merged({ language: "fr" }, { review: 1, checkDownloads: ["https://*"] }), { language: "vi", review: "always", checkDownloads: [], managed: [] });
});
