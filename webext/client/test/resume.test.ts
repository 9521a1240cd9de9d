// Signings go on over a new connection when one drops.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { agentOver } from "../src/agent.js";
import { decodeChunk } from "../src/protocol.js";
import type { Agent } from "../src/types.js";
import { become, codeOf, example, site } from "./helpers.js";
import { makeKey, opening, Wire } from "./wire.js";

let dialled: Wire[];
let reachable: boolean;
beforeEach(() => {
  dialled = [];
  reachable = true;
  globalThis.WebSocket = class extends Wire {
    constructor() {
      super();
      if (reachable) dialled.push(this);
      setTimeout(() => (reachable ? this.dispatchEvent(new Event("open")) : this.drop(1006)));
    }
  } as unknown as typeof WebSocket;
});
afterEach(() => become(site));

async function dial(): Promise<Wire> {
  for (let i = 0; i < 4000 && dialled.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(dialled.length > 0, "nobody came back");
  return dialled.shift()!;
}

async function connected(): Promise<{ wire: Wire; agent: Agent }> {
  const wire = new Wire();
  const [connection] = await Promise.all([opening(wire), wire.introduce()]);
  return { wire, agent: agentOver(connection, "vi") };
}

const ticket = example("agent-accepted").accepted.ticket;
const other = example("agent-accepted-resumed").accepted.ticket;

/** A signing that the agent has taken. */
async function signing(wire: Wire, agent: Agent, size = 4, controls = {}) {
  const signed = agent.sign(new Blob([new Uint8Array(size).fill(1)]), {}, controls);
  const { id } = await wire.authorized("sign");
  wire.says("agent-accepted", id);
  return { signed, id };
}

test("a download goes on where it was", async () => {
  const { wire, agent } = await connected();
  const { signed, id } = await signing(wire, agent);
  wire.says("agent-document", id);
  await wire.next(); // credit
  wire.chunk(1, new Uint8Array(16384).fill(1));
  wire.drop(1006);

  const again = await dial();
  await again.introduce();
  const resume = await again.request("resume");
  assert.deepEqual(resume.params, { ticket, documents: [{ channel: 1, received: 16384 }] });
  assert.deepEqual(resume.params, example("page-resume").params);
  again.says("agent-accepted-resumed", resume.id);
  again.says("agent-document-resumed", resume.id);
  assert.deepEqual(await again.next(), { v: 1, type: "credit", credit: { channel: 1, bytes: 20480 - 16384 } });
  again.chunk(1, new Uint8Array(20480 - 16384).fill(2));
  const { certificate, documents } = example("agent-sign").result;
  again.says("agent-sign", resume.id, { result: { certificate, documents: documents.slice(0, 1) } });
  const bytes = new Uint8Array(await (await signed).blob.arrayBuffer());
  assert.deepEqual([bytes.length, bytes[16383], bytes[16384]], [20480, 1, 2]);
  assert.deepEqual(await again.next(), { ...example("page-done"), id: resume.id });

  // And the connection is as good as the first.
  const status = agent.status();
  again.says("agent-status", (await again.request("status")).id);
  await status;
});

test("an upload goes on where it was, and drops twice", async () => {
  const { wire, agent } = await connected();
  const stages: string[] = [];
  const { signed } = await signing(wire, agent, 4096, { onProgress: (p: { stage: string }) => stages.push(p.stage) });
  wire.tells({ v: 1, type: "credit", credit: { channel: 1, bytes: 2048 } });
  assert.equal(decodeChunk(await wire.next()).payload.byteLength, 2048);
  reachable = false;
  wire.drop(1006);
  const status = agent.status(); // waits until the agent is there again
  await new Promise((resolve) => setTimeout(resolve, 300));
  reachable = true;

  const again = await dial();
  await again.introduce();
  const first = await again.request("resume");
  assert.deepEqual(first.params, { ticket, documents: [] });
  again.says("agent-accepted", first.id, { accepted: { ticket: other, documents: [{ channel: 1, received: 1024 }] } });
  again.says("agent-status", (await again.request("status")).id);
  await status;
  again.tells({ v: 1, type: "credit", credit: { channel: 1, bytes: 1024 } });
  assert.equal(decodeChunk(await again.next()).payload.byteLength, 1024);
  again.drop(1012);

  const third = await dial();
  await third.introduce();
  const second = await third.request("resume");
  assert.deepEqual(second.params, { ticket: other, documents: [] });
  third.says("agent-accepted", second.id, { accepted: { ticket, documents: [{ channel: 1, received: 2048 }] } });
  third.says("agent-progress-queued", second.id);
  third.tells({ v: 1, type: "credit", credit: { channel: 1, bytes: 9999 } });
  assert.equal(decodeChunk(await third.next()).payload.byteLength, 2048);
  third.says("agent-error", second.id);
  await assert.rejects(signed, { code: "REFUSED" });
  assert.deepEqual(stages, ["queued"]);
});

test("what cannot be taken up again is lost", async () => {
  for (const code of [1000, 1001, 1008, 1009]) {
    const { wire, agent } = await connected();
    const { signed } = await signing(wire, agent);
    wire.drop(code);
    await assert.rejects(signed, { code: "CONNECTION_LOST" });
    await agent.closed;
  }
  { // nobody had accepted it
    const { wire, agent } = await connected();
    const signed = agent.sign(new Blob(["%PDF-"]));
    await wire.authorized("sign");
    wire.drop(1006);
    await assert.rejects(signed, { code: "CONNECTION_LOST" });
    await agent.closed;
  }
  { // the agent has forgotten it
    const { wire, agent } = await connected();
    const { signed } = await signing(wire, agent);
    wire.drop(1006);
    const again = await dial();
    await again.introduce();
    const { id } = await again.request("resume");
    again.says("agent-error", id, { error: { ...example("agent-error").error, code: "NOT_RESUMABLE" } });
    await assert.rejects(signed, { code: "CONNECTION_LOST" });
  }
  assert.equal(dialled.length, 0);
});

test("a stranger is not told the ticket", async () => {
  const { wire, agent } = await connected();
  const { signed } = await signing(wire, agent);
  wire.drop(1006);
  const stranger = await dial();
  await stranger.hello(await makeKey());
  const again = await dial();
  assert.equal(stranger.sent.length, 0);
  await again.introduce();
  again.says("agent-error", (await again.request("resume")).id);
  await assert.rejects(signed, { code: "REFUSED" });
});

test("cancelling while the connection is away cancels when it is back", async () => {
  const { wire, agent } = await connected();
  const controller = new AbortController();
  const { signed } = await signing(wire, agent, 4, { signal: controller.signal });
  reachable = false;
  wire.drop(1006);
  controller.abort();
  reachable = true;
  const again = await dial();
  await again.introduce();
  const { id } = await again.request("resume");
  again.says("agent-accepted-resumed", id);
  assert.deepEqual(await again.next(), { ...example("page-cancel"), id });
  again.says("agent-error", id);
  assert.equal(await codeOf(signed), "CANCELLED");
});

test("closing while the connection is away ends it", async () => {
  const { wire, agent } = await connected();
  const { signed } = await signing(wire, agent);
  reachable = false;
  wire.drop(1006);
  agent.close();
  await assert.rejects(signed, { code: "CONNECTION_LOST" });
  await agent.closed;
});
