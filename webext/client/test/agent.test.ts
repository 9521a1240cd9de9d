// The client against the real bridge, over a real WebSocket.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { connect, diagnose, KysoError } from "../src/index.js";
import type * as declared from "../src/kyso-client.js";
import * as real from "../src/index.js";
import type { Agent, Progress } from "../src/types.js";
import { words } from "../src/words.js";
import { become, codeOf, pdf, site, startAgent } from "./helpers.js";

// What is shipped as a declaration is what the module holds, and the reverse.
const forth: typeof declared = real;
const back: typeof real = real as typeof declared as typeof real;
void forth;
void back;

let agentProcess: Awaited<ReturnType<typeof startAgent>>;
before(async () => {
  become(site);
  agentProcess = await startAgent();
});
after(() => agentProcess.stop());

const open = () => connect({ ports: [agentProcess.port] });

/** A port nothing listens on. */
const deadPort = 1;

test("finds the agent among dead ports", async () => {
  const start = Date.now();
  const agent = await connect({ ports: [deadPort, deadPort + 1, agentProcess.port] });
  assert.equal(agent.version, "0.1.0-test");
  assert.ok(Date.now() - start < 1500);
  assert.deepEqual(await agent.status(), { state: "ready", certificates: 1, levels: ["B-B"] });
  const [certificate] = await agent.certificates();
  assert.equal(certificate?.holder, "Nguyễn Văn Thử");
  agent.close();
  await agent.closed;
  assert.equal(await codeOf(agent.status()), "CONNECTION_LOST");
});

test("signs one document and verifies it", async () => {
  const agent = await open();
  const stages: string[] = [];
  const original = pdf(3 << 20); // several windows
  const signed = await agent.sign({ blob: original, name: "công văn.pdf" }, { reason: "Phê duyệt" },
    { onProgress: (p: Progress) => { if (!stages.includes(p.stage)) stages.push(p.stage); } });
  assert.deepEqual(stages, ["receiving", "checking", "waiting-for-person", "signing", "verifying", "sending"]);
  assert.equal(signed.name, "công văn.pdf");
  assert.equal(signed.certificate.holder, "Nguyễn Văn Thử");
  const bytes = Buffer.from(await signed.blob.arrayBuffer());
  assert.ok(bytes.subarray(0, original.size).equals(Buffer.from(await original.arrayBuffer())));
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
  assert.equal(digest, signed.sha256);

  const report = await agent.verify(signed.blob);
  assert.equal(report.verdict, "INDETERMINATE"); // no anchors: whole, and not passed
  assert.equal(report.signatures.length, 1);
  assert.equal(report.signatures[0]?.valid, true);
  agent.close();
});

test("signs a batch with one consent", async () => {
  const agent = await open();
  const signed = await agent.sign([pdf(), pdf(100), pdf(200)]);
  assert.equal(signed.length, 3);
  for (const s of signed) assert.equal((await agent.verify(s.blob)).signatures.length, 1);
  agent.close();
});

test("a batch of which one cannot be signed", async () => {
  const agent = await open();
  const files = [pdf(), new Blob(["no PDF"]), pdf(300)];
  const ready: number[] = [];
  const results = await agent.signEach(files, { onError: "continue" }, { onSigned: ({ index, blob }) => {
    assert.ok(blob.size > (files[index]?.size ?? Infinity));
    ready.push(index);
  } });
  assert.deepEqual(results.map((r) => r.error?.code), [undefined, "NOT_A_PDF", undefined]);
  assert.deepEqual(ready.sort(), [0, 2]);
  for (const r of results) if (r.signed) assert.equal((await agent.verify(r.signed.blob)).signatures.length, 1);
  const stopped = await agent.sign(files).catch((e: unknown) => e) as KysoError;
  assert.equal(stopped.code, "NOT_A_PDF");
  assert.deepEqual(stopped.documents?.map((d) => d.error?.code), ["NOT_TRIED", "NOT_A_PDF", "NOT_TRIED"]);
  agent.close();
});

test("a large batch", async () => {
  const agent = await open();
  const finished: number[] = [];
  const results = await agent.signEach(Array.from({ length: agent.limits.documents }, (_, i) => pdf(i)), {},
    { onProgress: (p) => { if (p.finished !== undefined) finished.push(p.finished); } });
  assert.ok(results.every((r) => r.signed));
  assert.ok(finished.every((n, i) => i === 0 || n >= (finished[i - 1] ?? 0)));
  assert.ok((finished.at(-1) ?? 0) > 400);
  agent.close();
});

test("what the agent refuses", async () => {
  const agent = await open();
  const error = await agent.sign(pdf(), { reason: "refuse" }).catch((e: unknown) => e);
  assert.ok(error instanceof KysoError);
  assert.equal(error.code, "REFUSED");
  assert.match(error.message, /từ chối/);
  assert.equal(await codeOf(agent.sign(new Blob(["no PDF"]))), "NOT_A_PDF");
  assert.equal(await codeOf(agent.sign(new Blob([]))), "NOT_A_PDF");
  assert.equal(await codeOf(agent.sign([])), "BAD_REQUEST");
  assert.equal(await codeOf(agent.sign({ blob: pdf(), sha256: "00".repeat(31) + "01" })), "DOCUMENT_CHANGED");
  assert.equal(await codeOf(agent.sign(pdf(), { certificate: "other" })), "NO_CERTIFICATE");
  assert.equal((await agent.status()).state, "ready");
  agent.close();
});

test("cancels while the person is asked, and may ask again at once", async () => {
  const agent = await open();
  for (let i = 0; i < 3; i++) {
    const controller = new AbortController();
    const signing = agent.sign(pdf(), { reason: "wait" }, {
      signal: controller.signal,
      onProgress: (p) => { if (p.stage === "waiting-for-person") controller.abort(); },
    });
    assert.equal(await codeOf(signing), "CANCELLED");
  }
  assert.equal(await codeOf(agent.sign(pdf(), {}, { signal: AbortSignal.abort() })), "CANCELLED");
  const controller = new AbortController();
  const early = agent.sign(pdf(1 << 20), {}, { signal: controller.signal });
  controller.abort();
  assert.equal(await codeOf(early), "CANCELLED");
  assert.equal((await agent.sign(pdf())).level, "B-B");
  agent.close();
});

test("one signing at a time, and the others wait for their turn", async () => {
  const one = await open();
  const two = await open();
  const controller = new AbortController();
  const asked = (agent: Agent, stage: Progress["stage"], signal?: AbortSignal) => {
    let reached!: (p: Progress) => void;
    const reaching = new Promise<Progress>((resolve) => (reached = resolve));
    const signing = agent.sign(pdf(), { reason: signal ? "wait" : "sign" }, { ...(signal && { signal }), onProgress: (p) => { if (p.stage === stage) reached(p); } });
    return { reaching, signing };
  };
  const first = asked(one, "waiting-for-person", controller.signal);
  const cancelled = codeOf(first.signing);
  await first.reaching;
  const second = asked(two, "queued");
  const { done, total } = await second.reaching;
  assert.ok(done <= 1 && total >= 1, `${done} of ${total}`);
  assert.equal((await two.status()).state, "busy");
  controller.abort();
  assert.equal(await cancelled, "CANCELLED");
  assert.equal((await second.signing).level, "B-B");
  // Closing takes the request with it.
  const lost = codeOf(one.sign(pdf(), { reason: "wait" }));
  one.close();
  assert.equal(await lost, "CONNECTION_LOST");
  two.close();
});

/** Makes pages of site whose first sockets can be made to drop. */
function droppable(): () => void {
  const Socket = globalThis.WebSocket;
  const made: { terminate(): void }[] = [];
  globalThis.WebSocket = class extends Socket {
    constructor(url: string | URL) {
      super(url);
      made.push(this as unknown as { terminate(): void });
    }
  };
  return () => made.at(-1)?.terminate();
}

test("a signing outlives its connection at every stage", async () => {
  const drop = droppable();
  try {
    for (const stage of ["receiving", "checking", "waiting-for-person", "signing", "verifying", "sending"] as const) {
      const agent = await open();
      const original = pdf(6 << 20);
      let dropped = false;
      let asked = 0;
      let last = "";
      const signed = await agent.sign(original, {}, { onProgress: (p) => {
        if (p.stage === "waiting-for-person" && p.stage !== last) asked++;
        last = p.stage;
        if (p.stage !== stage || dropped) return;
        dropped = true;
        drop();
      } });
      assert.ok(dropped, `${stage} was not told`);
      assert.ok(asked <= 2, "nobody is asked again"); // the stage may be told again after coming back
      const bytes = Buffer.from(await signed.blob.arrayBuffer());
      assert.equal(Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex"), signed.sha256);
      assert.equal((await agent.verify(signed.blob)).signatures.length, 1);
      agent.close();
    }
  } finally {
    become(site);
  }
});

test("pairing, and a person who says no", async () => {
  for (const answer of ["yes", "no"] as const) {
    const unknown = await startAgent({ KYSO_TEST_PAIRING: answer });
    try {
      const ports = [unknown.port];
      assert.equal(await codeOf(connect({ ports, acceptNewAgent: true })), "PAIRING_NEEDED");
      let shown: readonly string[] = [];
      const pairing = connect({ ports, acceptNewAgent: true, onPairing: (w) => (shown = w) });
      if (answer === "no") {
        assert.equal(await codeOf(pairing), "REFUSED");
        assert.equal(await codeOf(connect({ ports, acceptNewAgent: true })), "PAIRING_NEEDED");
        continue;
      }
      const agent = await pairing;
      const told = (await unknown.line(/^words ([\d ]+)$/)).split(" ").map((n) => words[Number(n)]);
      assert.deepEqual(shown, told);
      assert.equal((await agent.sign(pdf())).level, "B-B");
      agent.close();
      (await connect({ ports })).close(); // known from now on
      // Another agent on that port is noticed: here, the one of the other tests.
      assert.equal(await codeOf(open()), "AGENT_CHANGED");
      (await connect({ ports: [agentProcess.port], acceptNewAgent: true })).close();
    } finally {
      await unknown.stop();
    }
  }
});

test("a foreign page finds nothing", async () => {
  become("https://evil.example");
  try {
    assert.equal(await codeOf(open()), "AGENT_NOT_FOUND");
  } finally {
    become(site);
  }
  assert.equal(await codeOf(connect({ ports: [deadPort] })), "AGENT_NOT_FOUND");
  assert.equal(await codeOf(connect({ ports: [] })), "AGENT_NOT_FOUND");
  assert.equal(await codeOf(connect({ ports: [agentProcess.port], signal: AbortSignal.abort() })), "CANCELLED");
});

test("says what is in the way, or that nothing is", async () => {
  const { agent, status, error, ...rest } = await diagnose({ ports: [agentProcess.port] });
  assert.deepEqual([agent, status?.state, error], ["0.1.0-test", "ready", undefined]);
  assert.deepEqual(rest, { ready: true, road: "direct", extension: { present: false }, permission: "unknown", secure: true, framed: false });
  const nobody = await diagnose({ ports: [deadPort], language: "en" });
  assert.deepEqual([nobody.ready, nobody.error?.code, nobody.error?.message], [false, "AGENT_NOT_FOUND", "Kyso could not be reached on this computer."]);
});

test("tells what the browser forbids", async () => {
  const asked: string[] = [];
  const answer = (known: string, state: string) => {
    Object.defineProperty(globalThis, "navigator", { configurable: true, value: { permissions: { query: ({ name }: { name: string }) => {
      asked.push(name);
      return name === known ? Promise.resolve({ state }) : Promise.reject(new TypeError("no such permission"));
    } } } });
  };
  const failed = () => codeOf(connect({ ports: [deadPort], timeout: 500 }));
  answer("loopback-network", "denied");
  assert.equal(await failed(), "PERMISSION_DENIED");
  answer("local-network-access", "prompt");
  assert.equal(await failed(), "AGENT_NOT_FOUND"); // refused at once: the browser has not asked
  const silent = createServer().listen(0, "127.0.0.1"); // and here it does, as far as a page can tell
  await once(silent, "listening");
  assert.equal(await codeOf(connect({ ports: [(silent.address() as AddressInfo).port], timeout: 1500 })), "PERMISSION_NEEDED");
  silent.close();
  answer("loopback-network", "granted");
  assert.equal(await failed(), "AGENT_NOT_FOUND");
  assert.ok(asked.indexOf("loopback-network") < asked.indexOf("local-network-access"));
  // A page in the local network may be let through whatever the permission says.
  answer("loopback-network", "denied");
  (await open()).close();
  Reflect.deleteProperty(globalThis, "navigator");
});

test("a progress function that fails does not harm the request", async () => {
  const agent = await open();
  const faults: unknown[] = [];
  const listener = (e: unknown): void => void faults.push(e);
  process.prependListener("uncaughtException", listener);
  const before = process.listeners("uncaughtException").filter((l) => l !== listener);
  before.forEach((l) => process.off("uncaughtException", l));
  const signed = await agent.sign(pdf(), {}, { onProgress: () => { throw new Error("the page's own fault"); } });
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off("uncaughtException", listener);
  before.forEach((l) => process.on("uncaughtException", l as NodeJS.UncaughtExceptionListener));
  assert.equal(signed.level, "B-B");
  assert.ok(faults.length > 0);
  agent.close();
});
