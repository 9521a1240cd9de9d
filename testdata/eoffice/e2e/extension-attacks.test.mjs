// Who attacks the extension's road, and comes to nothing: pages, frames, other
// extensions, other programs in the host's place.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { chmodSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { chromiumWith, tryConnect, until } from "./direct.mjs";
import { browseChromium, extensionId, hostManifest, hostName, inspect, present, startWorld, worker } from "./extension.mjs";
import { root } from "./support.mjs";

let world, browser, page;
before(async () => (world = await startWorld()));
after(() => world?.close());
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

async function open(path = "/probe", { at = world.origin, ready = true, ...more } = {}) {
  browser = await browseChromium(world, more);
  ({ page } = browser);
  await page.goto(at + path);
  await page.waitForFunction(() => globalThis.kyso);
  if (ready) await page.waitForFunction(present);
}

const only = { road: "extension", ports: [1] };
const connects = () => page.evaluate(tryConnect, only);

/**
 * Posts to the window that target names what a page does to connect, with
 * changes, and then messages to the port; gives what comes back until the next
 * proper connection of this page is open, by which time this one was seen.
 */
const knock = async ({ target = "window", message = { kyso: "connect", v: 1 }, ports = 1, says = [] }) => {
  const heard = [];
  const channels = Array.from({ length: ports }, () => new MessageChannel());
  for (const { port1 } of channels) {
    port1.onmessage = ({ data }) => {
      heard.push(data.t === "fail" ? data.error.code : data.t === "close" ? data.code : data.t);
      if (data.t === "open") for (const message of says) port1.postMessage(message);
    };
  }
  globalThis[target].postMessage(message, "*", channels.map(({ port2 }) => port2));
  return { heard, channels };
};

test("only the window itself is heard, and only with exactly the message of a page", async () => {
  await open();
  const heard = await page.evaluate(async ({ knock, only }) => {
    const f = (0, eval)(`(${knock})`);
    const cases = [
      { message: { kyso: "connect", v: 1, origin: "https://khung.test" } },
      { message: { kyso: "connect", v: 1, document: { origin: "https://khung.test", frame: 0 } } },
      { message: { kyso: "connect", v: 2 } }, { message: "kyso:connect" }, { message: null },
      { ports: 0 }, { ports: 2 },
    ];
    const all = await Promise.all(cases.map(f));
    const fine = await f({});
    (await globalThis.kyso.connect(only)).close();
    return [...all.map(({ heard }) => heard), fine.heard];
  }, { knock: String(knock), only });
  assert.deepEqual(heard, [[], [], [], [], [], [], [], ["open"]]);
});

test("what is no message ends the connection, and so does what claims to be the extension's", async () => {
  await open();
  const heard = await page.evaluate(async ({ knock }) => {
    const f = (0, eval)(`(${knock})`);
    const cases = [
      { t: "start", probe: new ArrayBuffer(1), origin: "https://khung.test" }, { t: "open", port: 1 }, { t: "more", bytes: 1 << 30 },
      { t: "text", text: 7 }, { t: "data", data: "AAAA" }, { t: "text", text: "x".repeat(229377) }, { t: "data", data: new ArrayBuffer(262149) }, null,
    ];
    const all = [];
    for (const message of cases) {
      const { heard, channels: [{ port1 }] } = await f({ says: [message] });
      while (!heard.includes("open")) await new Promise((resolve) => setTimeout(resolve, 10));
      while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      all.push(heard);
    }
    return all;
  }, { knock: String(knock) });
  assert.deepEqual(heard, Array(8).fill(["open", 1003]));
});

test("a frame cannot speak for the page around it, and an allowed site in a frame is not served", async () => {
  await open("/strange");
  const frame = await until(() => page.frames()[1], "the frame");
  await frame.waitForFunction(() => globalThis.kyso);
  const posted = await frame.evaluate(async ({ knock }) => {
    const f = (0, eval)(`(${knock})`);
    globalThis.all = [await f({ target: "parent" }), await f({ target: "top" }), await f({ target: "window" })];
    return globalThis.all.length;
  }, { knock: String(knock) });
  assert.equal(posted, 3);
  assert.equal((await connects()).code, "OK");
  assert.deepEqual(await frame.evaluate(() => globalThis.all.flatMap(({ heard }) => heard)), []);
  assert.equal(await frame.evaluate(present), false);

  await page.goto(`${world.stranger}/frames`);
  const [inner] = await until(() => page.frames().length === 3 && page.frames().slice(1), "the frames");
  await inner.waitForFunction(() => globalThis.kyso);
  assert.equal(await inner.evaluate(present), false);
  assert.equal((await inner.evaluate(tryConnect, only)).code, "EXTENSION_NOT_FOUND");
});

test("who can put words in the content script's mouth still has the origin the browser tells", async () => {
  await open();
  const service = await worker(browser);
  const { context } = browser;
  /** Runs as the content script of a page, or of frames in it, and gives what the background says there. */
  const speak = (url, message, frames = false) => service.evaluate(async ([url, message, frames]) => {
    const [{ id }] = await chrome.tabs.query({ url });
    const results = await chrome.scripting.executeScript({
      target: { tabId: id, allFrames: frames },
      func: (message) => new Promise((resolve) => {
        const port = chrome.runtime.connect({ name: "page" });
        port.onMessage.addListener((m) => resolve(m.t === "fail" ? m.error.code : m.t));
        port.onDisconnect.addListener(() => resolve("disconnected"));
        port.postMessage(message);
      }),
      args: [message],
    });
    return Object.fromEntries(results.map(({ frameId, result }) => [frameId === 0 ? "top" : "frame", result]));
  }, [url, message, frames]);
  const claims = { t: "start", probe: {}, origin: world.origin, document: { origin: world.origin, frame: 0 } };

  assert.deepEqual(await speak(`${world.origin}/probe`, claims), { top: "open" }); // the site itself
  const stranger = await context.newPage();
  await stranger.goto(`${world.stranger}/probe`);
  assert.deepEqual(await speak(`${world.stranger}/probe`, claims), { top: "ORIGIN_REFUSED" });
  await stranger.goto(`${world.stranger}/frames`);
  const all = await speak(`${world.stranger}/frames`, claims, true);
  assert.deepEqual(all, { top: "ORIGIN_REFUSED", frame: "disconnected" });
  await stranger.goto(`${world.origin}/sandbox`);
  assert.deepEqual(await speak(`${world.origin}/sandbox`, claims), { top: "disconnected" });

  // And what the extension's own pages are answered, a content script is not.
  await page.bringToFront();
  const asked = await service.evaluate(async (url) => {
    const [{ id }] = await chrome.tabs.query({ url });
    const [{ result }] = await chrome.scripting.executeScript({
      target: { tabId: id },
      func: () => Promise.all(["state", "review-open", "allow-site"].map((type) =>
        chrome.runtime.sendMessage({ type, ticket: "AAAAAAAAAAAAAAAAAAAAAA", origin: "https://khung.test" }).then((a) => a ?? "nothing", () => "nothing"))),
    });
    return result;
  }, `${world.origin}/probe`);
  assert.deepEqual(asked, ["nothing", "nothing", "nothing"]);
  const own = await context.newPage();
  await own.goto(`chrome-extension://${extensionId}/options.html`);
  assert.equal((await own.evaluate(() => chrome.runtime.sendMessage({ type: "state" }))).result.connected, true);
});

/** Gets a capability for the page from the agent, as the background does; runs in the worker. */
const capability = async (origin) => {
  const port = chrome.runtime.connectNative("vn.kyso.host");
  const next = () => new Promise((resolve) => port.onMessage.addListener(function told(m) {
    port.onMessage.removeListener(told);
    resolve(m);
  }));
  await next();
  const ask = async (method, params) => {
    port.postMessage({ id: "1", type: "request", method, params });
    return (await next()).result;
  };
  await ask("hello", { minVersion: 1, maxVersion: 1, extensionVersion: "0", origin: location.origin, language: "vi", profile: "0123456789abcdef", review: "never" });
  const { capability } = await ask("open", { document: { origin, topOrigin: origin, tab: 1, frame: 0, documentId: "", incognito: false } });
  globalThis.held = port;
  return capability;
};
/** Opens a WebSocket with a capability; runs in the worker or in a page. */
const spend = ([port, capability]) => new Promise((resolve) => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/kyso/v1`, ["kyso.v1", `kyso.capability.${capability}`]);
  socket.onopen = () => (resolve("open"), socket.close());
  socket.onclose = ({ code }) => resolve(code);
});

test("a capability serves once, the extension alone, and no page, whatever the browser allows it", async () => {
  await open("/probe", { executablePath: chromiumWith({ LoopbackNetworkAllowedForUrls: [world.origin, world.stranger] }, world.dir) });
  const service = await worker(browser);
  const second = await browser.context.newPage();
  await second.goto(`${world.origin}/probe`);
  await second.waitForFunction(() => globalThis.kyso);
  assert.equal((await second.evaluate(tryConnect, { road: "direct", ports: [world.port] })).code, "OK"); // so that it is not the browser which refuses
  const first = await service.evaluate(capability, world.origin);
  assert.equal(await service.evaluate(spend, [world.port, first]), "open");
  assert.equal(await service.evaluate(spend, [world.port, first]), 1006);
  const stolen = await service.evaluate(capability, world.origin);
  assert.equal(await second.evaluate(spend, [world.port, stolen]), 1006);
  assert.equal(await service.evaluate(spend, [world.port, stolen]), 1006, "it is used up");
  const forgotten = await service.evaluate(capability, world.origin);
  await service.evaluate(() => globalThis.held.disconnect());
  await until(async () => (await service.evaluate(spend, [world.port, forgotten])) === 1006, "the agent to forget");
  // Without one the extension is nobody.
  assert.equal(await service.evaluate((port) => new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/kyso/v1`);
    socket.onopen = () => resolve("open");
    socket.onclose = ({ code }) => resolve(code);
  }), world.port), 1006);
});

test("the same code under another id is refused: by the browser, and by the host", async () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = publicKey.export({ type: "spki", format: "der" });
  const id = [...createHash("sha256").update(der).digest("hex").slice(0, 32)].map((c) => "abcdefghijklmnop"[parseInt(c, 16)]).join("");
  assert.notEqual(id, extensionId);
  const extension = join(world.dir, "another");
  cpSync(world.extension("chrome"), extension, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(extension, "manifest.json"), "utf8"));
  writeFileSync(join(extension, "manifest.json"), JSON.stringify({ ...manifest, key: der.toString("base64") }));
  // It knows no site, since no agent tells it: the person lets it run on this one.
  const allow = async () => {
    const service = await worker(browser);
    await service.evaluate((origin) => chrome.storage.local.set({ agentSites: { sites: [{ origin, by: "policy" }], pairing: false, older: [], hash: [], review: "" } }), world.origin);
    await service.evaluate((url) => chrome.tabs.query({ url }).then(([{ id }]) => chrome.scripting.executeScript({ target: { tabId: id }, files: ["content.js"] })), `${world.origin}/probe`);
    await page.waitForFunction(present);
  };
  for (const [allowed, code] of [[extensionId, "HOST_REFUSED"], [id, "EXTENSION_REFUSED"]]) {
    await open("/probe", { extension, id: allowed, ready: false });
    await allow();
    await until(async () => (await connects()).code === code, `the error ${code}`);
    await browser.close();
    browser = undefined;
  }
});

test("a program in the host's place is noticed", async () => {
  await open("/probe", { args: ["--remote-debugging-port=0"] });
  const inspector = await inspect(browser);
  try {
    assert.equal((await connects()).code, "OK"); // the page knows the agent from now on
    const key = await page.evaluate(() => new Promise((resolve) => {
      indexedDB.open("kyso").onsuccess = ({ target: { result } }) => (result.transaction("keys").objectStore("keys").get("agent").onsuccess = (e) => resolve(e.target.result));
    }));
    const register = async (...args) => {
      const program = join(world.dir, "fake-host");
      writeFileSync(program, `#!/bin/sh\nexport FAKE_ORIGIN='${world.origin}' ${args.includes("first") ? "FAKE_FIRST=1" : ""}\nexec '${process.execPath}' '${join(root, "testdata/eoffice/e2e/fake-host.mjs")}' ${args.filter((a) => a !== "first").join(" ")} "$@"\n`);
      chmodSync(program, 0o755);
      writeFileSync(join(browser.profile, "NativeMessagingHosts", `${hostName}.json`), hostManifest(program, { allowed_origins: [`chrome-extension://${extensionId}/`] }));
      await inspector.kill(); // and with it the channel to the real one
    };
    for (const [args, code, options] of [
      [["garbage"], "HOST_FAILED"], [["garbage", "first"], "HOST_FAILED"],
      [["other"], "AGENT_CHANGED"], // another agent than the one the page knows
      [["claimed", key], "AGENT_CHANGED"], // which cannot sign as that one
      [["claimed", key], "AGENT_CHANGED", { acceptNewAgent: true }],
    ]) {
      await register(...args);
      const seen = await page.evaluate(tryConnect, { ...only, ...options });
      assert.equal(seen.code, code, args.join(" "));
      assert.ok(seen.message && seen.remedy);
    }
    writeFileSync(join(browser.profile, "NativeMessagingHosts", `${hostName}.json`), "{");
    await inspector.kill();
    assert.equal((await connects()).code, "HOST_MISSING");
  } finally {
    inspector.close();
  }
});

test("without a host the page is told so, unless the direct road leads on", async () => {
  await open("/probe", { registered: false, ready: false });
  const service = await worker(browser);
  await service.evaluate((url) => chrome.tabs.query({ url }).then(([{ id }]) => chrome.scripting.executeScript({ target: { tabId: id }, files: ["content.js"] })), `${world.origin}/probe`);
  await page.waitForFunction(present);
  for (const language of ["vi", "en"]) {
    const { code, message } = await page.evaluate(tryConnect, { ports: [world.port], language });
    assert.equal(code, "HOST_MISSING");
    assert.match(message, language === "vi" ? /chưa tìm thấy chương trình Kyso/ : /did not find the Kyso program/);
  }
});

test("a page that floods loses its own connection, and costs the worker nothing", async (t) => {
  await open("/probe", { args: ["--remote-debugging-port=0"] });
  const inspector = await inspect(browser);
  try {
    const heap = await inspector.heap();
    const victim = await browser.context.newPage();
    await victim.goto(`${world.origin}/probe`);
    await victim.waitForFunction(() => globalThis.kyso);
    await victim.waitForFunction(present);
    let [most, flooding] = [0, true];
    const watching = (async () => {
      while (flooding) most = Math.max(most, await heap());
    })();
    await page.evaluate(() => {
      const { port1, port2 } = new MessageChannel();
      globalThis.heard = [];
      port1.onmessage = ({ data }) => globalThis.heard.push(data.t === "close" ? data.code : data.t);
      window.postMessage({ kyso: "connect", v: 1 }, location.origin, [port2]);
      for (let i = 0; i < 1000; i++) port1.postMessage({ t: "data", data: new ArrayBuffer(262148) }); // 250 MB
      for (let i = 0; i < 100_000; i++) port1.postMessage({ t: "text", text: "" });
    });
    await page.waitForFunction(() => globalThis.heard.includes(1009));
    flooding = false;
    await watching;
    t.diagnostic(`worker: ${(most / (1 << 20)).toFixed(1)} MiB`);
    assert.ok(most < 64 << 20, `${most} bytes`);
    assert.equal((await victim.evaluate(tryConnect, only)).code, "OK");
    // Connections without end: those there is room for stay as they are.
    const codes = await page.evaluate(async () => {
      const codes = [];
      for (let i = 0; i < 40; i++) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => data.t === "close" && codes.push(data.code);
        window.postMessage({ kyso: "connect", v: 1 }, location.origin, [port2]);
      }
      while (codes.filter((c) => c === 1013).length < 8) await new Promise((resolve) => setTimeout(resolve, 10));
      return codes.filter((c) => c === 1013).length;
    });
    assert.equal(codes, 8);
  } finally {
    inspector.close();
  }
});
