import assert from "node:assert/strict";
import { test } from "node:test";
import { agentOver } from "../src/agent.js";
import { decodeChunk, defaultPorts, encodeChunk } from "../src/protocol.js";
import type { Agent, KysoError, NamedDocument, Progress, TokensEvent } from "../src/types.js";
import { example } from "./helpers.js";
import { opening, Wire } from "./wire.js";

async function connected(): Promise<{ wire: Wire; agent: Agent }> {
  const wire = new Wire();
  const [connection] = await Promise.all([opening(wire), wire.introduce()]);
  return { wire, agent: agentOver(connection, "vi") };
}

test("the client tries the agent's ports", () => assert.deepEqual(defaultPorts, example("ports")));

test("a chunk is framed as the example", () => {
  const { channel, payload, frame } = example("chunk");
  assert.equal(Buffer.from(encodeChunk(channel, Uint8Array.from(Buffer.from(payload, "hex")).buffer)).toString("hex"), frame);
  const got = decodeChunk(Uint8Array.from(Buffer.from(frame, "hex")).buffer);
  assert.deepEqual([got.channel, Buffer.from(got.payload).toString("hex")], [channel, payload]);
});

test("hello is made as the example", async () => {
  const wire = new Wire();
  const opened = opening(wire);
  const hello = await wire.next();
  const { nonce, key } = hello.params;
  const wanted = example("page-hello");
  assert.deepEqual(hello, { ...wanted, params: { ...wanted.params, maxVersion: 1, nonce, key } });
  assert.deepEqual([nonce.length, key.length], [wanted.params.nonce.length, wanted.params.key.length]);
  wire.close();
  await assert.rejects(opened, { code: "CONNECTION_LOST" });
});

test("hello, status and certificates", async () => {
  const { wire, agent } = await connected();
  const hello = example("agent-hello").result;
  assert.equal(agent.version, hello.productVersion);
  assert.deepEqual(agent.limits, hello.limits);

  const status = agent.status();
  const { id } = await wire.request("status");
  wire.says("agent-status", id);
  assert.deepEqual(await status, example("agent-status").result);

  const certificates = agent.certificates();
  const wanted = await wire.authorized("certificates");
  assert.deepEqual({ ...wanted, id: "3" }, example("page-certificates"));
  wire.says("agent-certificates", wanted.id);
  assert.deepEqual(await certificates, example("agent-certificates").result.certificates);
});

test("sign two documents", async () => {
  const { wire, agent } = await connected();
  const wanted = example("page-sign");
  const progress: Progress[] = [];
  const signing = agent.sign(
    wanted.params.documents.map((d: any) => ({ blob: new Blob([new Uint8Array(d.size).fill(d.channel)]), name: d.name, sha256: d.sha256 })) as NamedDocument[],
    { level: "B-B", certificate: "c2f1a0", reason: "Phê duyệt", location: "Minh Họa", field: "Signature1", onError: "continue",
      profile: "agency", template: "organisation", place: "1,85,42,310,90", number: "127/STD-VP", form: "SAO Y",
      agency: "Sở Thí dụ tỉnh Minh Họa", withoutPerson: "bản giấy đã có chữ ký" },
    { onProgress: (p) => progress.push(p) },
  );
  const asked = await wire.authorized("sign");
  const { id } = asked;
  assert.deepEqual({ ...asked, id: "4" }, wanted);
  wire.says("agent-accepted", id);
  wire.says("agent-progress", id);
  wire.says("agent-progress-queued", id);
  assert.deepEqual(progress, [example("agent-progress").progress, example("agent-progress-queued").progress]);

  wire.says("agent-credit");
  const sent = decodeChunk(await wire.next());
  assert.equal(sent.channel, 1);
  assert.equal(sent.payload.byteLength, 12288);
  assert.equal(sent.payload[0], 1);

  const { documents, certificate } = example("agent-sign").result;
  for (const d of documents) {
    wire.says("agent-document", id, { document: { channel: d.channel, name: d.name, size: d.size, sha256: d.sha256 } });
    assert.deepEqual(await wire.next(), { ...example("page-credit"), credit: { channel: d.channel, bytes: d.size } });
    wire.chunk(d.channel, new Uint8Array(d.size).fill(7));
  }
  wire.says("agent-sign", id);
  const signed = await signing;
  assert.deepEqual(await wire.next(), { ...example("page-done"), id });
  assert.deepEqual(signed.map(({ blob, ...rest }) => ({ ...rest, bytes: blob.size })),
    documents.map(({ channel, ...d }: any) => ({ ...d, certificate, bytes: d.size })));
});

test("some of a batch are signed", async () => {
  const { wire, agent } = await connected();
  const ready: number[] = [];
  const each = agent.signEach([new Blob(["%PDF-1"]), new Blob(["%PDF-2"])], {}, { onSigned: ({ index, blob, name }) => {
    assert.deepEqual([name, blob.size], ["cong-van.pdf", 20480]);
    ready.push(index);
  } });
  const { id } = await wire.authorized("sign");
  wire.says("agent-document", id);
  wire.chunk(1, new Uint8Array(20000));
  assert.deepEqual(ready, []);
  wire.chunk(1, new Uint8Array(480));
  assert.deepEqual(ready, [0]); // before the answer
  wire.says("agent-sign-partly", id);
  const [first, second] = await each;
  const told = example("agent-sign-partly").result.documents;
  assert.equal(first?.signed?.sha256, told[0].sha256);
  assert.equal(first?.error, undefined);
  assert.equal(second?.signed, undefined);
  assert.deepEqual([second?.name, second?.error?.code, second?.error?.message], [told[1].name, "TOKEN_REMOVED", told[1].error.message.vi]);
});

test("some of a batch are signed, and all were wanted", async () => {
  const { wire, agent } = await connected();
  const all = agent.sign([new Blob(["%PDF-1"]), new Blob(["%PDF-2"])]);
  const { id } = await wire.authorized("sign");
  wire.says("agent-document", id);
  wire.chunk(1, new Uint8Array(20480));
  wire.says("agent-sign-partly", id);
  const error = await all.catch((e: unknown) => e) as KysoError;
  assert.equal(error.code, "TOKEN_REMOVED");
  assert.deepEqual(error.documents?.map((d) => d.signed?.size), [20480, undefined]);
});

test("none of a batch is signed", async () => {
  const { wire, agent } = await connected();
  const each = agent.signEach([new Blob(["%PDF-1"]), new Blob(["%PDF-2"])]);
  wire.says("agent-sign-none", (await wire.authorized("sign")).id);
  const error = await each.catch((e: unknown) => e) as KysoError;
  assert.equal(error.code, "DAMAGED_PDF");
  assert.deepEqual(error.documents?.map((d) => [d.name, d.error?.code]), [["cong-van.pdf", "NOT_TRIED"], ["phụ lục.pdf", "DAMAGED_PDF"]]);
});

test("a document that is not complete is not handed over", async () => {
  const { wire, agent } = await connected();
  const signing = agent.sign(new Blob(["%PDF-"]));
  const { id } = await wire.authorized("sign");
  wire.says("agent-document", id);
  wire.chunk(1, new Uint8Array(10));
  wire.says("agent-sign", id);
  await assert.rejects(signing, { code: "CONNECTION_LOST" });
});

test("more bytes than granted end the connection", async () => {
  const { wire, agent } = await connected();
  const signing = agent.sign(new Blob(["%PDF-"]));
  wire.says("agent-document", (await wire.authorized("sign")).id);
  wire.chunk(1, new Uint8Array(20481));
  await assert.rejects(signing, { code: "CONNECTION_LOST" });
  await agent.closed;
});

test("verify with evidence", async () => {
  const { wire, agent } = await connected();
  const wanted = example("page-verify");
  const { document, evidence } = wanted.params;
  const [certificate, crl, ocsp] = evidence.map((e: any) => new Blob([new Uint8Array(e.size)]));
  const verifying = agent.verify({ blob: new Blob([new Uint8Array(document.size)]), name: document.name, sha256: document.sha256 },
    { certificates: [certificate], crls: [crl], ocsps: [ocsp] });
  const shifted = (d: any): any => ({ ...d, channel: d.channel - 2 }); // the example's connection had been used before
  const asked = await wire.request("verify");
  assert.deepEqual({ ...asked, id: "5" }, { ...wanted, params: { document: shifted(document), evidence: evidence.map(shifted) } });
  wire.says("agent-verify", asked.id);
  assert.deepEqual(await verifying, example("agent-verify").result.report);
});

test("an abort is sent as the example, and the answer is awaited", async () => {
  const { wire, agent } = await connected();
  const controller = new AbortController();
  const signing = agent.sign(new Blob(["%PDF-"]), {}, { signal: controller.signal });
  const { id } = await wire.authorized("sign");
  controller.abort();
  assert.deepEqual(await wire.next(), { ...example("page-cancel"), id });
  let settled = false;
  signing.catch(() => { settled = true; });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(settled, false);
  wire.says("agent-error", id);
  await assert.rejects(signing, { code: "CANCELLED" });
});

test("an error has the agent's texts", async () => {
  const { wire, agent } = await connected();
  const signing = agent.sign(new Blob(["%PDF-"]));
  wire.says("agent-error", (await wire.authorized("sign")).id);
  const { code, message, remedy } = example("agent-error").error;
  await assert.rejects(signing, { name: "KysoError", code, message: message.vi, remedy: remedy.vi, messages: message, remedies: remedy });
});

test("an error without an id ends every request", async () => {
  const { wire, agent } = await connected();
  const both = [agent.status(), agent.certificates()];
  await wire.request("status");
  await wire.request("authorize");
  wire.says("agent-error", undefined, { id: undefined });
  for (const p of both) await assert.rejects(p, { code: "REFUSED" });
});

test("nonsense ends the connection", async () => {
  const { wire, agent } = await connected();
  const status = agent.status();
  wire.dispatchEvent(new MessageEvent("message", { data: "nonsense" }));
  await assert.rejects(status, { code: "CONNECTION_LOST" });
});

test("a file that cannot be read cancels the request", async () => {
  const { wire, agent } = await connected();
  const blob = new Blob(["%PDF-"]);
  Object.defineProperty(blob, "slice", { value: () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) });
  const signing = agent.sign(blob);
  const { id } = await wire.authorized("sign");
  wire.says("agent-credit");
  await assert.rejects(signing, { code: "FILE_UNREADABLE" });
  assert.deepEqual(await wire.next(), { ...example("page-cancel"), id });
});

test("another version is told apart", async () => {
  const wire = new Wire();
  const opened = opening(wire, undefined, "en");
  wire.says("agent-version-unsupported", (await wire.request("hello")).id);
  await assert.rejects(opened, { code: "VERSION_UNSUPPORTED", message: example("agent-version-unsupported").error.message.en });
});

test("sign a digest", async () => {
  const { wire, agent } = await connected();
  const { params } = example("page-sign-hash");
  const digest = Uint8Array.from(Buffer.from(params.hash, "base64url"));
  const around = new Uint8Array(digest.length + 7);
  around.set(digest, 3);
  for (const hash of [digest, digest.buffer, around.subarray(3, 3 + digest.length), Buffer.from(digest), new DataView(digest.buffer)]) {
    const signing = agent.signHash({ hash, hashFunction: "SHA-384", certificate: "c2f1a0" });
    const wanted = await wire.authorized("sign-hash");
    assert.deepEqual({ ...wanted, id: "6" }, example("page-sign-hash"));
    wire.says("agent-sign-hash", wanted.id);
    const { signature, algorithm, certificate } = await signing;
    const { result } = example("agent-sign-hash");
    assert.equal(Buffer.from(signature).toString("base64url"), result.signature);
    assert.deepEqual([algorithm, certificate], [result.algorithm, result.certificate]);
  }
  const refused = agent.signHash({ hash: digest, hashFunction: "SHA-384" });
  wire.says("agent-hash-refused", (await wire.request("authorize")).id);
  await assert.rejects(refused, { code: "HASH_REFUSED" });
});

test("a limit of rate says how long to wait", async () => {
  const { wire, agent } = await connected();
  const status = agent.status();
  wire.says("agent-rate-limited", (await wire.request("status")).id);
  await assert.rejects(status, { code: "RATE_LIMITED", retryAfter: 30_000 });
});

test("tokens that come and go are told until nobody wants to know", async () => {
  const { wire, agent } = await connected();
  const told: TokensEvent[] = [];
  const stop = agent.onTokens((event) => told.push(event));
  wire.says("agent-event-tokens");
  stop();
  wire.says("agent-event-tokens");
  const { name: _, ...event } = example("agent-event-tokens").event;
  assert.deepEqual(told, [event]);
});
