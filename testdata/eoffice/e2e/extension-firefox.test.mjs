// The extension's road in Debian's Firefox, which guards this computer's network
// as told, so that the direct road is closed.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { host, other, tryConnect, tryDiagnose, until } from "./direct.mjs";
import { hostManifest, hostName, present, startWorld, trySignMany } from "./extension.mjs";
import { browseFirefox } from "./firefox.mjs";
import { processes } from "./support.mjs";

let world, browser;
before(async () => (world = await startWorld()));
after(() => world?.close());
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

async function open(path = "/probe", { at = world.origin, prefs = {} } = {}) {
  browser = await browseFirefox({
    "network.dns.localDomains": `${host},${other}`,
    "network.lna.enabled": true, "network.lna.blocking": true, "network.lna.websocket.enabled": true,
    "network.lna.address_space.public.override": `127.0.0.1:${world.securePort}`,
    ...prefs,
  }, process.env, { furnish: (home) => {
    const folder = join(home, ".mozilla", "native-messaging-hosts");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${hostName}.json`), hostManifest(world.program, { allowed_extensions: ["extension@kyso"] }));
  } });
  await browser.install(world.extension("firefox"));
  await browser.goto(at + path);
  await until(() => browser.evaluate(() => Boolean(globalThis.kyso)).catch(() => false), "the page's module");
}
const ready = () => until(() => browser.evaluate(present), "the extension on the page");
const only = { road: "extension", ports: [1] };

test("one document and twenty are signed, where the direct road is closed", async () => {
  await open();
  await ready();
  assert.equal((await browser.evaluate(tryConnect, { ports: [world.port], road: "direct", timeout: 3000 })).code, "PERMISSION_NEEDED");
  for (const count of [1, 20]) {
    const signing = browser.evaluate(trySignMany, { names: Array(count).fill("cong-van.pdf") });
    await world.agree();
    assert.deepEqual(await signing, { road: "extension", signed: count, whole: true, holder: "Nguyễn Văn Thử" });
    assert.deepEqual(world.windows(), []);
  }
  const { road, extension } = await browser.evaluate(tryDiagnose, { ports: [world.port] });
  assert.deepEqual([road, extension], ["extension", { present: true }]);
});

test("64 MB go through as they are", async () => {
  await open();
  await ready();
  const signing = browser.evaluate(async () => {
    const agent = await globalThis.kyso.connect({ road: "extension" });
    try {
      const blob = await (await fetch("/lon.pdf?mb=64")).blob();
      const signed = await agent.sign({ blob, name: "lon.pdf" });
      const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", await signed.blob.arrayBuffer()))].map((b) => b.toString(16).padStart(2, "0")).join("");
      return { grown: signed.size > blob.size, whole: digest === signed.sha256 };
    } catch ({ code, message }) {
      return { code, message };
    }
  });
  await world.agree();
  assert.deepEqual(await signing, { grown: true, whole: true });
});

test("the background is put away when it has nothing to do, and not while a person thinks", async () => {
  await open("/probe", { prefs: { "extensions.background.idle.timeout": 5000 } });
  await ready();
  const signing = browser.evaluate(trySignMany, { names: ["cong-van.pdf"] });
  await world.asked();
  await sleep(12_000); // more than twice the time after which it is idle
  assert.equal(world.windows().length, 1);
  await world.agree();
  assert.deepEqual(await signing, { road: "extension", signed: 1, whole: true, holder: "Nguyễn Văn Thử" });
  await sleep(12_000);
  assert.deepEqual(await browser.evaluate(tryConnect, only), { code: "OK" });
});

test("frames and sandboxed pages get nothing", async () => {
  await open("/strange");
  await ready();
  const knock = (target) => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data.t);
    globalThis[target].postMessage({ kyso: "connect", v: 1 }, "*", [port2]);
    setTimeout(() => resolve("nothing"), 1000);
  });
  assert.equal(await browser.evaluate(knock, "window"), "open");
  await until(() => browser.evaluate(() => Boolean(globalThis.kyso), undefined, 0).catch(() => false), "the frame's module");
  assert.equal(await browser.evaluate(knock, "parent", 0), "nothing");
  assert.equal(await browser.evaluate(knock, "window", 0), "nothing");
  await browser.goto(`${world.origin}/sandbox`);
  assert.notEqual(await browser.evaluate(knock, "window"), "open");
  await browser.goto(`${world.stranger}/probe`);
  assert.equal(await browser.evaluate(present), false);
});

test("a host that has gone is told, and found again when it is back", async () => {
  await open();
  await ready();
  const manifest = join(browser.profile, ".mozilla", "native-messaging-hosts", `${hostName}.json`);
  const text = readFileSync(manifest);
  rmSync(manifest);
  for (const id of await processes(world.policy, "\0host\0")) process.kill(id);
  await until(async () => (await browser.evaluate(tryConnect, only)).code === "HOST_MISSING", "the extension to miss its host");
  writeFileSync(manifest, text);
  await until(async () => (await browser.evaluate(tryConnect, only)).code === "OK", "the extension to find its host");
});
