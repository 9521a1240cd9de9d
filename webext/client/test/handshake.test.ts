// Both ends prove who they are, and a page pairs with an agent.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "../src/connect.js";
import { commitment, lines, pairingWords, verifyAgent } from "../src/handshake.js";
import { decode, encode } from "../src/base64url.js";
import { words } from "../src/words.js";
import { become, codeOf, example, site } from "./helpers.js";
import { agentKey, makeKey, opening, port, spki, Wire } from "./wire.js";

// Made with openssl; the agent's tests hold themselves to the same file.
const vector = JSON.parse(readFileSync(join(process.env["KYSO_EXAMPLES"]!, "vectors", "transcript.json"), "utf8"));

test("the transcript and what is made of it are those of the vectors", async () => {
  const { transcript: t } = vector;
  assert.equal(lines(t), vector.text);
  assert.equal(await verifyAgent(t, vector.agentSignature), true);
  assert.equal(await verifyAgent({ ...t, port: t.port + 1 }, vector.agentSignature), false);
  assert.equal(await verifyAgent(t, vector.pageSignature), false);
  assert.equal(Buffer.from(await commitment(t, vector.secret), "base64url").toString("hex"), vector.commitment);
  assert.deepEqual(await pairingWords(t, vector.secret, vector.challenge), vector.words.map((n: number) => words[n]));
  assert.equal(encode(decode(t.agentKey).buffer), t.agentKey);
});

test("an agent that is another one, or proves nothing, is told apart", async () => {
  const other = await spki(await makeKey());
  for (const [pinned, change] of [
    [other, {}],
    [undefined, { port: port + 1 }], // another program hands our frames on
    [undefined, { maxVersion: 2 }], // and changed what the agent said
    [undefined, { agent: { ...example("agent-hello").result.agent } }], // and has heard of an earlier hello
    [undefined, { agent: { key: "", nonce: "", signature: "" } }],
  ] as const) {
    const wire = new Wire();
    const opened = opening(wire, pinned);
    await wire.hello(agentKey, change);
    await assert.rejects(opened, { code: "AGENT_CHANGED" });
    assert.equal(wire.sent.length, 0, "nothing is proved to a stranger");
    assert.equal(wire.readyState, 3);
  }
  const wire = new Wire();
  await Promise.all([opening(wire, await spki(agentKey)), wire.introduce()]);
});

test("something that is not Kyso is not found", async () => {
  const wire = new Wire();
  const opened = opening(wire);
  await wire.hello(agentKey, { product: "other" });
  await assert.rejects(opened, { code: "AGENT_NOT_FOUND" });
});

/** Makes the next sockets wires that open at once; gives them in turn. */
function wires(): () => Promise<Wire> {
  const made: Wire[] = [];
  globalThis.WebSocket = class extends Wire {
    constructor() {
      super();
      made.push(this);
      setTimeout(() => this.dispatchEvent(new Event("open")));
    }
  } as unknown as typeof WebSocket;
  return async () => {
    for (let i = 0; i < 2000 && made.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    return made.shift()!;
  };
}

test("pairing shows the words both ends can compute, and pins the agent", async () => {
  const next = wires();
  try {
    assert.equal(await Promise.all([codeOf(connect({ ports: [port] })), next().then((w) => w.introduce("unpaired"))]).then(([code]) => code), "PAIRING_NEEDED");

    let shown: readonly string[] = [];
    const connecting = connect({ ports: [port], language: "en", onPairing: (w) => (shown = w) });
    let wire = await next();
    const transcript = await wire.introduce("unpaired");
    const { id, params } = await wire.request("pair");
    assert.equal(params.commitment.length, example("page-pair").params.commitment.length);
    wire.says("agent-pair", id);
    const confirm = await wire.request("pair-confirm");
    const { secret } = confirm.params;
    assert.deepEqual(confirm.params, { secret, language: "en" });
    assert.equal(await commitment(transcript, secret), params.commitment);
    assert.deepEqual(shown, await pairingWords(transcript, secret, example("agent-pair").result.challenge));
    assert.equal(new Set([...shown, ...words]).size, 256);
    wire.says("agent-pair-confirm", confirm.id);
    (await connecting).close();

    // From now on only that agent will do.
    const changed = codeOf(connect({ ports: [port] }));
    const stranger = await makeKey();
    await (await next()).hello(stranger);
    assert.equal(await changed, "AGENT_CHANGED");

    // A refused pairing changes nothing.
    const refused = codeOf(connect({ ports: [port], acceptNewAgent: true, onPairing: () => {} }));
    wire = await next();
    await wire.introduce("unpaired", stranger);
    wire.says("agent-pair", (await wire.request("pair")).id);
    wire.says("agent-error", (await wire.request("pair-confirm")).id);
    assert.equal(await refused, "REFUSED");
    assert.equal(wire.readyState, 3);
    const still = codeOf(connect({ ports: [port] }));
    await (await next()).hello(stranger);
    assert.equal(await still, "AGENT_CHANGED");

    // An explicit act does.
    const anew = connect({ ports: [port], acceptNewAgent: true });
    await (await next()).introduce("listed", stranger);
    (await anew).close();
    const again = connect({ ports: [port] });
    await (await next()).introduce("listed", stranger);
    (await again).close();
  } finally {
    become(site);
  }
});
