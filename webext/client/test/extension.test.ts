// The road through the extension: the page's side of it, with the extension's
// played by the test and the real bridge behind.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import WebSocketOfNode from "ws";
import { connect, diagnose } from "../src/index.js";
import { pinAgent, pinnedAgent } from "../src/keys.js";
import { become, codeOf, pdf, site, startAgent } from "./helpers.js";

let agent: Awaited<ReturnType<typeof startAgent>>;
let key: string; // the agent's
let asked: MessagePort[]; // ports the page has handed over
let lines: WebSocketOfNode[];
/** What the extension does with a port. */
let extension: ((port: MessagePort) => void) | undefined;
const failure = { code: "HOST_MISSING", message: { vi: "Chưa thấy.", en: "Not there." }, remedy: { vi: "Cài.", en: "Install." } };

/** The extension does what it should; said changes what it says of the agent. */
const relay = (said: object = {}) => (port: MessagePort): void => {
  const socket = new WebSocketOfNode(`ws://127.0.0.1:${agent.port}/kyso/v1`, { origin: site });
  lines.push(socket);
  socket.on("open", () => port.postMessage({ t: "open", port: agent.port, agentKey: key, binary: true, ...said }));
  socket.on("message", (data: Buffer, binary) => port.postMessage(binary ? { t: "data", data: new Uint8Array(data).buffer } : { t: "text", text: data.toString() }));
  socket.on("close", (code) => (port.postMessage({ t: "close", code }), port.close()));
  socket.on("error", () => {});
  port.onmessage = ({ data }) => {
    if (data.t === "close") socket.close(1000);
    else socket.send(data.t === "text" ? data.text : data.data);
  };
};
const fails = (reached: boolean, error: object = failure) => (port: MessagePort): void => {
  port.postMessage({ t: "fail", error, reached });
  port.close();
};

before(async () => {
  agent = await startAgent();
  become(site);
  const direct = await connect({ ports: [agent.port] });
  direct.close();
  key = (await new Promise<string>((resolve) => {
    // Its key, as it says it to anybody who asks.
    const socket = new WebSocketOfNode(`ws://127.0.0.1:${agent.port}/kyso/v1`, { origin: site });
    socket.on("open", () => socket.send(JSON.stringify({ v: 1, id: "1", type: "request", method: "hello", params: {
      minVersion: 1, maxVersion: 1, client: "test", nonce: "-ZPZErXac0-ZfJWUXO8IROPHTbOQ17rK62SAQKY9sqI",
      key: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEB5KgGZ6-9h2utJpNDV8VikFA-i9jMPTYpz70bCivi2c99SFnwOa-1rBLuwkXSv7gGiilL1ruSrlQpFWHR-pdAQ" } })));
    socket.on("message", (data) => (resolve(JSON.parse(String(data)).result.agent.key), socket.close()));
  }));
});
after(() => agent.stop());

beforeEach(() => {
  asked = [];
  lines = [];
  extension = relay();
  const document = new EventTarget();
  document.addEventListener("kyso:find", (event) => extension && event.preventDefault());
  Object.assign(globalThis, {
    document,
    postMessage: (message: unknown, target: string, [port]: [MessagePort]) => {
      assert.deepEqual([message, target], [{ kyso: "connect", v: 1 }, site]);
      asked.push(port);
      extension?.(port);
    },
  });
});
afterEach(() => {
  for (const port of asked) port.close();
  Object.assign(globalThis, { document: undefined, postMessage: undefined });
});

const ports = [1]; // where nobody is

test("signs over it, and says so", async () => {
  const found = await connect({ ports });
  assert.equal(found.road, "extension");
  const signed = await found.sign({ blob: pdf(3 << 20), name: "a.pdf" });
  assert.ok(signed.size > 3 << 20);
  found.close();
  await found.closed;
  const { ready, road, extension: seen } = await diagnose({ ports });
  assert.deepEqual([ready, road, seen], [true, "extension", { present: true }]);
});

test("a line that drops is dialled through the extension again", async () => {
  const found = await connect({ ports });
  let dropped = 0;
  const signed = await found.sign({ blob: pdf(4 << 20), name: "a.pdf" }, {}, {
    onProgress: ({ stage }) => {
      if (stage === "sending" && dropped++ === 0) lines.at(-1)?.terminate();
    },
  });
  assert.ok(signed.size > 4 << 20);
  assert.equal(asked.length, 2);
  found.close();
});

test("the agent must be the one the extension names, and the one this site knows", async () => {
  const another = key.slice(0, -4) + "AAAA";
  extension = relay({ agentKey: another });
  assert.equal(await codeOf(connect({ ports })), "AGENT_CHANGED");
  assert.equal(await codeOf(connect({ ports, acceptNewAgent: true })), "AGENT_CHANGED");
  extension = relay();
  await pinAgent(another);
  assert.equal(await codeOf(connect({ ports })), "AGENT_CHANGED");
  const before = asked.length;
  const anew = await connect({ ports, acceptNewAgent: true });
  assert.deepEqual([anew.road, asked.length, await pinnedAgent()], ["extension", before + 1, key]);
  anew.close();
  (await connect({ ports })).close();
  // Nor does the page's word help against an extension that names another.
  extension = relay({ agentKey: another });
  assert.equal(await codeOf(connect({ ports, acceptNewAgent: true })), "AGENT_CHANGED");
  assert.equal(await pinnedAgent(), key);
});

test("an extension that reaches no agent leaves the direct road; its error is the one told when that fails too", async () => {
  extension = fails(false);
  const found = await connect({ ports: [agent.port] });
  assert.equal(found.road, "direct");
  found.close();
  const told = await connect({ ports, language: "en" }).catch((e) => e);
  assert.deepEqual([told.code, told.message, told.remedy], ["HOST_MISSING", "Not there.", "Install."]);
  assert.equal(await codeOf(connect({ ports: [agent.port], road: "extension" })), "HOST_MISSING");
  const { ready, road, extension: seen } = await diagnose({ ports: [agent.port] });
  assert.deepEqual([ready, road, seen.present, seen.error?.code], [true, "direct", true, "HOST_MISSING"]);
});

test("a site the agent does not want is told so, and tries no other road", async () => {
  extension = fails(true, { ...failure, code: "ORIGIN_REFUSED" });
  assert.equal(await codeOf(connect({ ports: [agent.port] })), "ORIGIN_REFUSED");
});

test("the road can be chosen", async () => {
  const found = await connect({ ports: [agent.port], road: "direct" });
  assert.equal(found.road, "direct");
  found.close();
  assert.equal(asked.length, 0);
  extension = undefined;
  assert.equal(await codeOf(connect({ ports: [agent.port], road: "extension" })), "EXTENSION_NOT_FOUND");
  assert.equal(asked.length, 0);
});

test("what is aborted while the extension is asked is cancelled", async () => {
  extension = () => {};
  const controller = new AbortController();
  const code = codeOf(connect({ ports, signal: controller.signal }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.abort();
  assert.equal(await code, "CANCELLED");
  assert.equal(await codeOf(connect({ ports, signal: AbortSignal.abort() })), "CANCELLED");
});
