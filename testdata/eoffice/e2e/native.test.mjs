// The native channel with real parts: Chromium starts `kyso host`, which starts
// the agent; the extension gets a capability and connects for a page.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { bundle, kysoProgram } from "./support.mjs";

const id = "macengpdlehkbnphmgbiaalindljbkom";
const site = "https://eoffice.example";
const dir = mkdtempSync(join(tmpdir(), "kyso-native-"));
const env = {
  ...process.env, HOME: dir, XDG_RUNTIME_DIR: join(dir, "run"), XDG_CONFIG_HOME: join(dir, "config"), XDG_STATE_HOME: join(dir, "state"), XDG_CACHE_HOME: join(dir, "cache"),
  DBUS_SESSION_BUS_ADDRESS: "disabled:",
};
const announced = join(dir, "run", "kyso", `agent-${encodeURIComponent(env.WAYLAND_DISPLAY || env.DISPLAY || "")}.json`);

/** Waits until what returns something. */
async function until(what, description, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const found = await what();
    if (found) return found;
  }
  assert.fail(`waited ${seconds} s in vain for ${description}`);
}

const agent = () => existsSync(announced) && JSON.parse(readFileSync(announced, "utf8"));

const alive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Starts Chromium with the extension and the registered host; gives the extension's background. */
async function open(extension) {
  const profile = mkdtempSync(join(dir, "profile-"));
  const hosts = join(profile, "NativeMessagingHosts");
  mkdirSync(hosts);
  writeFileSync(join(hosts, "vn.kyso.host.json"), JSON.stringify({
    name: "vn.kyso.host", description: "Kyso", path: join(dir, "kyso"), type: "stdio", allowed_origins: [`chrome-extension://${id}/`, `chrome-extension://${foreign.id}/`],
  }));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium", headless: true, env, ignoreDefaultArgs: ["--disable-extensions"],
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", `--load-extension=${extension}`, `--disable-extensions-except=${extension}`],
  });
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker", { timeout: 60_000 }));
  await until(() => worker.evaluate(() => typeof chrome.runtime?.connectNative === "function").catch(() => false), "the extension");
  // What the extension's own code does at length, in a few lines.
  await worker.evaluate(() => {
    globalThis.talk = () => {
      const port = chrome.runtime.connectNative("vn.kyso.host");
      const got = [], waiting = [];
      const give = (m) => (waiting.length ? waiting.shift()(m) : got.push(m));
      port.onMessage.addListener(give);
      port.onDisconnect.addListener(() => give({ type: "disconnect", why: chrome.runtime.lastError?.message }));
      const next = () => (got.length ? Promise.resolve(got.shift()) : new Promise((done) => waiting.push(done)));
      let n = 0;
      const ask = async (method, params) => {
        const id = String(++n);
        port.postMessage({ id, type: "request", method, params });
        for (;;) {
          const m = await next();
          if (m.id === id || m.type === "disconnect" || (m.type === "error" && !m.id)) return m;
        }
      };
      const hello = () => ask("hello", { minVersion: 1, maxVersion: 1, extensionVersion: "0.1.0", origin: location.origin, language: "vi", profile: "0123456789abcdef", review: "never" });
      return { port, next, ask, hello };
    };
    globalThis.socket = (port, protocols) => new Promise((done) => {
      const ws = new WebSocket(`ws://127.0.0.1:${port}/kyso/v1`, protocols);
      ws.onopen = () => (done(ws.protocol), ws.close());
      ws.onerror = () => done("refused");
    });
  });
  return { context, worker };
}

const foreign = { path: join(dir, "foreign") };

before(() => {
  mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
  chmodSync(env.XDG_RUNTIME_DIR, 0o700);
  copyFileSync(kysoProgram(), join(dir, "kyso"));
  bundle("-extension", "-out", dir);
  // The same extension under another key, and so another id: what an attacker packs.
  execFileSync("cp", ["-r", join(dir, "extension", "chrome"), foreign.path]);
  const manifest = JSON.parse(readFileSync(join(foreign.path, "manifest.json"), "utf8"));
  const key = execFileSync("sh", ["-c", "openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -outform DER 2>/dev/null"]);
  manifest.key = key.toString("base64");
  writeFileSync(join(foreign.path, "manifest.json"), JSON.stringify(manifest));
  const sum = execFileSync("sh", ["-c", "openssl dgst -sha256 -r | cut -c1-32"], { input: key, encoding: "utf8" }).trim();
  foreign.id = [...sum].map((c) => String.fromCharCode(97 + parseInt(c, 16))).join("");
});

after(async () => {
  const { pid } = agent() || {};
  if (pid) {
    process.kill(pid);
    await until(() => !alive(pid), "the agent's end");
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

test("an extension reaches the agent, which the host starts, and connects for a page", { timeout: 180_000 }, async () => {
  const { context, worker } = await open(join(dir, "extension", "chrome"));
  try {
    assert.ok(!agent(), "an agent runs already");
    const got = await worker.evaluate(async (site) => {
      const a = talk();
      const greeting = await a.next();
      const hello = await a.hello();
      const sites = await a.ask("sites");
      const document = { origin: site, topOrigin: site, tab: 1, frame: 0, documentId: "D", incognito: false };
      const capability = async (d) => {
        const m = await a.ask("open", { document: { ...document, ...d } });
        return m.result?.capability ?? m.error.code;
      };
      const shown = (c) => ["kyso.v1", `kyso.capability.${c}`];
      const { port } = hello.result;
      const c = await capability();
      const result = {
        greeting, hello, sites, capability: c,
        connected: await socket(port, shown(c)), again: await socket(port, shown(c)), without: await socket(port, []), guessed: await socket(port, shown("A".repeat(43))),
        swapped: await socket(port, shown(await capability()).reverse()),
        own: await capability({ origin: location.origin, topOrigin: location.origin }), frame: await capability({ frame: 3 }), inFrame: await capability({ topOrigin: "https://evil.example" }), plain: await capability({ origin: "http://evil.example", topOrigin: "http://evil.example" }),
      };
      // Capabilities die with the native connection, as soon as the agent notices.
      const late = [];
      while (late.length < 40) late.push(await a.ask("open", { document }));
      a.port.disconnect();
      for (const { result: r } of late) {
        result.late = await socket(port, shown(r.capability));
        if (result.late === "refused") break;
        await new Promise((done) => setTimeout(done, 250));
      }
      return result;
    }, site);
    assert.equal(got.greeting.host.extension, `chrome-extension://${id}/`);
    assert.equal(got.hello.result.product, "kyso");
    assert.equal(got.hello.result.port, agent().port);
    assert.equal(got.hello.result.agentKey, agent().key);
    assert.deepEqual(got.sites.result, { sites: [], pairing: true, older: [], hash: [], review: "" });
    assert.match(got.capability, /^[\w-]{43}$/);
    assert.equal(got.connected, "kyso.v1");
    for (const name of ["again", "without", "guessed", "swapped", "late"]) assert.equal(got[name], "refused", name);
    for (const name of ["own", "frame", "inFrame", "plain"]) assert.equal(got[name], "ORIGIN_REFUSED", name);
  } finally {
    await context.close();
  }
  // The agent goes on without the browser that had it started.
  const { pid } = agent();
  await sleep(500);
  assert.ok(alive(pid), "the agent ended with the browser");
  assert.equal(readFileSync(`/proc/${pid}/cmdline`, "utf8"), `${join(dir, "kyso")}\0agent\0`);
});

test("an extension with another id is refused, whatever its manifest says", { timeout: 180_000 }, async () => {
  const { context, worker } = await open(foreign.path);
  try {
    assert.equal(new URL(worker.url()).host, foreign.id);
    const got = await worker.evaluate(async () => {
      const a = talk();
      return [await a.next(), await a.next()];
    });
    assert.equal(got[0].error.code, "EXTENSION_REFUSED");
    assert.equal(got[1].type, "disconnect");
  } finally {
    await context.close();
  }
});
