// The native channel, with the host played by the test.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Channel } from "../src/background/native.js";
import type { NativePort } from "../src/background/native.js";
import type { Refusal } from "../src/shared/failures.js";

const key = "LdAL134CIs7YgmZUganB2fkHMJ0W4F7QB6HqY5KEd6k";
const text = { vi: "a", en: "b" };
const hello = { product: "kyso", productVersion: "1", version: 1, port: 17810, agentKey: key };

class Host implements NativePort {
  readonly sent: any[] = [];
  ended = false;
  #message!: (m: unknown) => void;
  #gone!: (p: NativePort) => void;
  readonly onMessage = { addListener: (f: (m: unknown) => void) => void (this.#message = f) };
  readonly onDisconnect = { addListener: (f: (p: NativePort) => void) => void (this.#gone = f) };
  error: { message: string } | null = null;
  postMessage(m: object): void {
    this.sent.push(m);
  }
  disconnect(): void {
    this.ended = true;
  }
  says(m: unknown): void {
    this.#message(m);
  }
  ends(message: string): void {
    this.error = { message };
    this.#gone(this);
  }
  /** Answers as it should until the channel is open. */
  async opens(): Promise<void> {
    this.says({ host: { version: "1", extension: "extension@kyso" } });
    await settle();
    const { id, method } = this.sent.shift();
    assert.equal(method, "hello");
    this.says({ id, type: "result", result: hello });
    await settle();
  }
}
const settle = () => new Promise((resolve) => setImmediate(resolve));
const codeOf = (p: Promise<unknown>) => p.then(() => "fine", (e: Refusal) => e.failure.code);

function start() {
  const hosts: Host[] = [];
  const told: unknown[] = [];
  const channel = new Channel({
    dial: () => hosts[hosts.push(new Host()) - 1]!,
    hello: async () => ({ minVersion: 1, maxVersion: 1, extensionVersion: "1", origin: "moz-extension://x", language: "vi", profile: "0123456789abcdef", review: "always" }),
    why: (port) => port.error?.message ?? "",
    told: (event) => told.push(event),
    changed: () => {},
  });
  return { channel, hosts, told, host: () => hosts.at(-1)! };
}
const timers = () => mock.timers.enable({ apis: ["setTimeout", "Date"] });

test("requests share one host, answers find theirs, and events are told", async () => {
  const { channel, hosts, told, host } = start();
  const [one, two] = [channel.request("doctor"), channel.request("review-open", { ticket: "t" })];
  await host().opens();
  const [first, second] = host().sent;
  assert.deepEqual([first.method, second.method, second.params], ["doctor", "review-open", { ticket: "t" }]);
  host().says({ id: second.id, type: "error", error: { code: "BAD_REQUEST", message: text, remedy: text } });
  host().says({ id: first.id, type: "result", result: { version: "1", ready: true, checks: [] } });
  assert.deepEqual(await one, { version: "1", ready: true, checks: [] });
  await assert.rejects(two, (e: Refusal) => e.byAgent && e.failure.code === "BAD_REQUEST");
  host().says({ type: "event", event: "tokens" });
  assert.deepEqual(told, [{ type: "event", event: "tokens" }]);
  assert.equal(hosts.length, 1);
  channel.close();
  assert.ok(host().ended);
});

test("what is not Kyso's ends the channel", async () => {
  for (const garbage of [null, { whatever: 1 }, { id: "1", type: "result", result: { ...hello, port: 0 } }, { type: "event", event: 1 }]) {
    const { channel, host } = start();
    const code = codeOf(channel.request("sites"));
    host().says({ host: { version: "1", extension: "x" } });
    await settle();
    host().says(garbage);
    assert.equal(await code, "HOST_FAILED");
    assert.ok(host().ended);
    assert.equal(channel.agent, undefined);
  }
});

test("why there is no agent is told: by the browser, by the host, by the agent", async () => {
  for (const [act, code] of [
    [(h: Host) => h.ends("No such native application vn.kyso.host"), "HOST_MISSING"],
    [(h: Host) => h.says({ type: "error", error: { code: "AGENT_UNAVAILABLE", message: text, remedy: text } }), "AGENT_UNAVAILABLE"],
  ] as const) {
    const { channel, host } = start();
    const seen = codeOf(channel.request("sites"));
    act(host());
    assert.equal(await seen, code);
  }
  const { channel, host } = start();
  const refused = channel.request("sites");
  host().says({ host: { version: "1", extension: "x" } });
  await settle();
  host().says({ id: host().sent[0].id, type: "error", error: { code: "EXTENSION_REFUSED", message: text, remedy: text } });
  // Not the agent's word about a page: it may go its own way.
  await assert.rejects(refused, (e: Refusal) => !e.byAgent && e.failure.code === "EXTENSION_REFUSED");
});

test("a failure is not tried again at once, except when a person asks", async () => {
  timers();
  try {
    const { channel, hosts, host } = start();
    const first = codeOf(channel.ready());
    host().ends("not found");
    assert.equal(await first, "HOST_MISSING");
    assert.equal(await codeOf(channel.ready()), "HOST_MISSING");
    assert.equal(hosts.length, 1);
    const again = codeOf(channel.ready({ again: true }));
    assert.equal(hosts.length, 2);
    host().ends("not found");
    await again;
    mock.timers.tick(1500);
    assert.equal(await codeOf(channel.ready()), "HOST_MISSING");
    assert.equal(hosts.length, 2, "the second wait is longer");
    mock.timers.tick(600);
    const third = channel.ready();
    assert.equal(hosts.length, 3);
    await host().opens();
    assert.equal((await third).port, 17810);
    channel.close();
  } finally {
    mock.timers.reset();
  }
});

test("a host that says nothing is given up; one that nobody needs is ended; one that is needed is started again", async () => {
  timers();
  try {
    const { channel, hosts, host } = start();
    const silent = codeOf(channel.ready());
    mock.timers.tick(15_001);
    assert.equal(await silent, "AGENT_NOT_FOUND");
    assert.ok(host().ended);
    mock.timers.tick(2000);
    const release = channel.hold();
    const ready = channel.ready();
    await host().opens();
    await ready;
    mock.timers.tick(600_000);
    assert.ok(!host().ended, "it is held");
    host().ends("Native host has exited.");
    mock.timers.tick(1100);
    assert.equal(hosts.length, 3);
    await host().opens();
    release();
    mock.timers.tick(29_000);
    assert.ok(!host().ended);
    mock.timers.tick(2000);
    assert.ok(host().ended);
    assert.equal(hosts.length, 3);
  } finally {
    mock.timers.reset();
  }
});
