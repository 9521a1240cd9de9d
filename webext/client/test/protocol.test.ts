import assert from "node:assert/strict";
import { test } from "node:test";
import { agentOver } from "../src/agent.js";
import { Connection } from "../src/connection.js";
import { decodeChunk, defaultPorts, encodeChunk } from "../src/protocol.js";
import type { Agent, KysoError, NamedDocument, Progress } from "../src/types.js";
import { example } from "./helpers.js";

/** A socket whose other end is the test. */
class Wire extends EventTarget {
  readyState = 1;
  binaryType = "";
  readonly sent: any[] = [];
  send(data: string | ArrayBuffer): void {
    this.sent.push(typeof data === "string" ? JSON.parse(data) : data);
  }
  close(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }
  /** The agent says an example, in answer to the request with the id. */
  says(name: string, id?: string, change: object = {}): void {
    const frame = { ...example(name), ...(id ? { id } : {}), ...change };
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
  chunk(channel: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.dispatchEvent(new MessageEvent("message", { data: encodeChunk(channel, bytes.slice().buffer) }));
  }
  async wait(count: number): Promise<any> {
    for (let i = 0; i < 200 && this.sent.length < count; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(this.sent.length >= count, `${count} frames were not sent`);
    return this.sent[count - 1];
  }
}

async function connected(): Promise<{ wire: Wire; agent: Agent }> {
  const wire = new Wire();
  const opening = Connection.open(wire as unknown as WebSocket, "vi");
  assert.deepEqual(wire.sent[0], example("page-hello"));
  wire.says("agent-hello");
  return { wire, agent: agentOver(await opening, "vi") };
}

test("the client tries the agent's ports", () => assert.deepEqual(defaultPorts, example("ports")));

test("a chunk is framed as the example", () => {
  const { channel, payload, frame } = example("chunk");
  assert.equal(Buffer.from(encodeChunk(channel, Uint8Array.from(Buffer.from(payload, "hex")).buffer)).toString("hex"), frame);
  const got = decodeChunk(Uint8Array.from(Buffer.from(frame, "hex")).buffer);
  assert.deepEqual([got.channel, Buffer.from(got.payload).toString("hex")], [channel, payload]);
});

test("hello, status and certificates", async () => {
  const { wire, agent } = await connected();
  const hello = example("agent-hello").result;
  assert.equal(agent.version, hello.productVersion);
  assert.deepEqual(agent.limits, hello.limits);

  const status = agent.status();
  assert.deepEqual(wire.sent[1], example("page-status"));
  wire.says("agent-status");
  assert.deepEqual(await status, example("agent-status").result);

  const certificates = agent.certificates();
  assert.deepEqual(wire.sent[2], example("page-certificates"));
  wire.says("agent-certificates");
  assert.deepEqual(await certificates, example("agent-certificates").result.certificates);
});

test("sign two documents", async () => {
  const { wire, agent } = await connected();
  const wanted = example("page-sign");
  const progress: Progress[] = [];
  const signing = agent.sign(
    wanted.params.documents.map((d: any) => ({ blob: new Blob([new Uint8Array(d.size).fill(d.channel)]), name: d.name, sha256: d.sha256 })) as NamedDocument[],
    { level: "B-B", certificate: "c2f1a0", reason: "Phê duyệt", location: "Minh Họa", field: "Signature1", onError: "continue" },
    { onProgress: (p) => progress.push(p) },
  );
  assert.deepEqual({ ...wire.sent[1], id: "4" }, wanted);
  const id = wire.sent[1].id;
  wire.says("agent-progress", id);
  assert.deepEqual(progress, [example("agent-progress").progress]);

  wire.says("agent-credit");
  const sent = decodeChunk(await wire.wait(3));
  assert.equal(sent.channel, 1);
  assert.equal(sent.payload.byteLength, 12288);
  assert.equal(sent.payload[0], 1);

  const { documents, certificate } = example("agent-sign").result;
  let frames = wire.sent.length;
  for (const d of documents) {
    wire.says("agent-document", id, { document: { channel: d.channel, name: d.name, size: d.size, sha256: d.sha256 } });
    assert.deepEqual(await wire.wait(++frames), { ...example("page-credit"), credit: { channel: d.channel, bytes: d.size } });
    wire.chunk(d.channel, new Uint8Array(d.size).fill(7));
  }
  assert.deepEqual(wire.sent[frames - 2], example("page-credit"));
  wire.says("agent-sign", id);
  const signed = await signing;
  assert.deepEqual(signed.map(({ blob, ...rest }) => ({ ...rest, bytes: blob.size })),
    documents.map(({ channel, ...d }: any) => ({ ...d, certificate, bytes: d.size })));
});

test("some of a batch are signed", async () => {
  const { wire, agent } = await connected();
  const ready: number[] = [];
  const start = (): { id: string; each: ReturnType<Agent["signEach"]> } => {
    const each = agent.signEach([new Blob(["%PDF-1"]), new Blob(["%PDF-2"])], {}, { onSigned: ({ index, blob, name }) => {
      assert.deepEqual([name, blob.size], ["cong-van.pdf", 20480]);
      ready.push(index);
    } });
    return { id: wire.sent.at(-1).id, each };
  };
  const { id, each } = start();
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
  const id = wire.sent.at(-1).id;
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
  wire.says("agent-sign-none", wire.sent.at(-1).id);
  const error = await each.catch((e: unknown) => e) as KysoError;
  assert.equal(error.code, "DAMAGED_PDF");
  assert.deepEqual(error.documents?.map((d) => [d.name, d.error?.code]), [["cong-van.pdf", "NOT_TRIED"], ["phụ lục.pdf", "DAMAGED_PDF"]]);
});

test("a document that is not complete is not handed over", async () => {
  const { wire, agent } = await connected();
  const signing = agent.sign(new Blob(["%PDF-"]));
  const id = wire.sent[1].id;
  wire.says("agent-document", id);
  wire.chunk(1, new Uint8Array(10));
  wire.says("agent-sign", id);
  await assert.rejects(signing, { code: "CONNECTION_LOST" });
});

test("more bytes than granted end the connection", async () => {
  const { wire, agent } = await connected();
  const signing = agent.sign(new Blob(["%PDF-"]));
  wire.says("agent-document", wire.sent[1].id);
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
  assert.deepEqual({ ...wire.sent[1], id: "5" }, { ...wanted, params: { document: shifted(document), evidence: evidence.map(shifted) } });
  wire.says("agent-verify", wire.sent[1].id);
  assert.deepEqual(await verifying, example("agent-verify").result.report);
});

test("an abort is sent as the example, and the answer is awaited", async () => {
  const { wire, agent } = await connected();
  const controller = new AbortController();
  const signing = agent.sign(new Blob(["%PDF-"]), {}, { signal: controller.signal });
  controller.abort();
  const id = wire.sent[1].id;
  assert.deepEqual(wire.sent[2], { ...example("page-cancel"), id });
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
  wire.says("agent-error", wire.sent[1].id);
  const { code, message, remedy } = example("agent-error").error;
  await assert.rejects(signing, { name: "KysoError", code, message: message.vi, remedy: remedy.vi, messages: message, remedies: remedy });
});

test("an error without an id ends every request", async () => {
  const { wire, agent } = await connected();
  const both = [agent.status(), agent.certificates()];
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
  wire.says("agent-credit");
  await assert.rejects(signing, { code: "FILE_UNREADABLE" });
  assert.deepEqual(await wire.wait(3), { ...example("page-cancel"), id: wire.sent[1].id });
});

test("another version is told apart", async () => {
  const wire = new Wire();
  const opening = Connection.open(wire as unknown as WebSocket, "en");
  wire.says("agent-version-unsupported");
  await assert.rejects(opening, { code: "VERSION_UNSUPPORTED", message: example("agent-version-unsupported").error.message.en });
});
