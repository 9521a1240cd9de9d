// The direct road, from a public page to the agent on this computer, in
// Chromium: what the browser allows, and what the page is told where it does not.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after, afterEach, before, test } from "node:test";
import { chromiumWith, freePort, host, other, startDirect, tryConnect, tryDiagnose, trySign, until } from "./direct.mjs";
import { browse, processes } from "./support.mjs";

let world, browser, page, trusting;
const kyso = () => page.waitForFunction(() => globalThis.kyso);

before(async () => {
  world = await startDirect();
  const sites = [world.origin, world.stranger];
  trusting = chromiumWith({ LoopbackNetworkAllowedForUrls: sites }, world.dir);
});
after(() => world?.close());
afterEach(() => browser?.close());

/** Opens a browser that takes the test's pages for public ones. */
async function open(path, { granted = false, at = world.origin, ...more } = {}) {
  browser = await browse({
    ignoreHTTPSErrors: true, ...(granted && { executablePath: trusting }), ...more,
    args: [`--host-resolver-rules=MAP ${host} 127.0.0.1,MAP ${other} 127.0.0.1`,
      `--ip-address-space-overrides=127.0.0.1:${world.securePort}=public,127.0.0.1:${world.httpPort}=public`],
  });
  ({ page } = browser);
  await page.goto(at + path);
}

test("granted by policy: a document is signed, and nothing is in the way", async () => {
  await open("/probe", { granted: true });
  await kyso();
  assert.deepEqual(await page.evaluate(trySign, { port: world.port, reason: "Phê duyệt" }),
    { name: "cong-van.pdf", holder: "Nguyễn Văn Thử", grown: true, same: true });
  const { agent, status, ...rest } = await page.evaluate(tryDiagnose, { port: world.port });
  assert.deepEqual(rest, { ready: true, road: "direct", extension: { present: false }, permission: "granted", secure: true, framed: false, code: undefined, cause: undefined });
  assert.deepEqual([agent, status.state], ["0.1.0-test", "ready"]);
});

test("granted by policy, and nobody is there or the agent does not know the site", async () => {
  await open("/probe", { granted: true });
  await kyso();
  assert.equal((await page.evaluate(tryConnect, { port: await freePort() })).code, "AGENT_NOT_FOUND");
  await page.goto(`${world.stranger}/probe`);
  await kyso();
  assert.match((await page.evaluate(tryConnect, { port: world.port })).code, /^(AGENT_NOT_FOUND|PAIRING_NEEDED)$/);
});

test("not granted: the browser denies, and the page is told so with what to do", async () => {
  await open("/probe"); // headless, the browser answers its own question with no
  await kyso();
  const told = await page.evaluate(tryConnect, { port: world.port });
  assert.equal(told.code, "PERMISSION_DENIED");
  assert.match(told.remedy, /cài đặt của trang/);
  const { code, permission, ready } = await page.evaluate(tryDiagnose, { port: world.port, language: "en" });
  assert.deepEqual([code, permission, ready], ["PERMISSION_DENIED", "denied", false]);
});

test("not granted: while the browser asks the person, the page is told that permission is needed", async () => {
  const xvfb = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "1100x800x24", "-nolisten", "tcp", "-noreset"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const display = await new Promise((resolve, reject) => {
      createInterface({ input: xvfb.stdout }).once("line", resolve);
      xvfb.once("exit", () => reject(new Error("Xvfb ended")));
    });
    await open("/probe", { headless: false, env: { ...process.env, DISPLAY: `:${display}`, DBUS_SESSION_BUS_ADDRESS: "unix:path=/dev/null" } }); // a bus started for it outlives us
    await kyso();
    const told = await page.evaluate(tryConnect, { port: world.port, timeout: 4000 });
    assert.equal(told.code, "PERMISSION_NEEDED");
    assert.match(told.remedy, /chọn Cho phép/);
    await browser.close();
    browser = undefined;
  } finally {
    xvfb.kill();
  }
});

test("a public http page can never connect, granted or not", async () => {
  await open("/probe", { granted: true, at: `http://${host}:${world.httpPort}` });
  await kyso();
  const told = await page.evaluate(tryConnect, { port: world.port });
  assert.deepEqual([told.code, told.cause], ["BLOCKED", "insecure-page"]);
  const { secure, code } = await page.evaluate(tryDiagnose, { port: world.port });
  assert.deepEqual([secure, code], [false, "BLOCKED"]);
});

test("what a site's own headers forbid is told apart", async () => {
  await open("/csp", { granted: true });
  await kyso();
  const told = await page.evaluate(tryConnect, { port: world.port });
  assert.deepEqual([told.code, told.cause], ["BLOCKED", "content-security-policy"]);
  assert.match(told.remedy, /connect-src/);
  await page.goto(`${world.origin}/withheld`);
  await kyso();
  const withheld = await page.evaluate(tryConnect, { port: world.port });
  assert.deepEqual([withheld.code, withheld.cause], ["BLOCKED", "permissions-policy"]);
});

test("a frame needs allow, and has the top page's grant with it", async () => {
  await open("/frames", { granted: true, at: world.stranger });
  const frames = await until(() => page.frames().length === 3 && page.frames().slice(1), "the frames");
  for (const frame of frames) await frame.waitForFunction(() => globalThis.kyso);
  const [without, allowed] = frames;
  const told = await without.evaluate(tryConnect, { port: world.port });
  assert.deepEqual([told.code, told.cause], ["BLOCKED", "permissions-policy"]);
  assert.match(told.remedy, /allow="loopback-network"/);
  assert.equal((await without.evaluate(tryDiagnose, { port: world.port })).framed, true);
  assert.deepEqual(await allowed.evaluate(tryConnect, { port: world.port }), { code: "OK" });
});

test("waiting requests are told their place, and one too many that the agent is busy", async () => {
  await open("/probe", { granted: true });
  await kyso();
  const codes = await page.evaluate(async ({ port }) => {
    const agent = await globalThis.kyso.connect({ ports: [port] });
    const blob = await (await fetch("/api/documents/cong-van.pdf")).blob();
    const controller = new AbortController();
    let queued = () => {};
    const waiting = new Promise((resolve) => (queued = resolve));
    const results = [];
    const ask = () => agent.sign({ blob, name: "cong-van.pdf" }, { reason: "wait" }, {
      signal: controller.signal, onProgress: ({ stage, done, total }) => stage === "queued" && total > 0 && queued([done, total]),
    }).catch(({ code }) => (results.push(code), code));
    const asked = [ask(), ask()];
    const place = await waiting;
    for (let i = 0; i < 6; i++) asked.push(ask());
    while (!results.includes("BUSY")) await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    const all = await Promise.all(asked);
    agent.close();
    return { place, all: [...new Set(all)].sort() };
  }, { port: world.port });
  assert.ok(codes.place[1] >= 1, `place ${codes.place}`);
  assert.deepEqual(codes.all, ["BUSY", "CANCELLED"]);
});

test("a connection that drops is taken up again, and nobody is asked twice", async () => {
  await open("/probe", { granted: true });
  await kyso();
  // The browser's network process is what drops. Before, the page falls silent,
  // so that the agent is still at the same stage.
  await page.evaluate(({ port }) => {
    const Socket = WebSocket;
    let last, silent;
    globalThis.sockets = 0;
    globalThis.WebSocket = class extends Socket {
      constructor(url) {
        super(url);
        globalThis.sockets++;
        last = this;
      }
      send(data) {
        if (this !== silent) super.send(data);
      }
    };
    globalThis.stages = [];
    const told = ({ stage }) => {
      if (globalThis.stages.at(-1) === stage) return;
      if (!globalThis.stages.includes(stage) && ["receiving", "sending"].includes(stage)) silent = last;
      globalThis.stages.push(stage);
    };
    globalThis.signed = (async () => {
      const agent = await globalThis.kyso.connect({ ports: [port] });
      const blob = await (await fetch("/lon.pdf")).blob(); // takes a while each way
      const signed = await agent.sign({ blob, name: "lon.pdf" }, {}, { onProgress: told });
      const bytes = new Uint8Array(await signed.blob.arrayBuffer());
      const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((b) => b.toString(16).padStart(2, "0")).join("");
      agent.close();
      return { name: signed.name, whole: digest === signed.sha256, grown: bytes.length > blob.size };
    })().catch(({ code, message }) => ({ code, message }));
  }, { port: world.port });
  for (const stage of ["receiving", "sending"]) {
    await page.waitForFunction((stage) => globalThis.stages.includes(stage), stage, { polling: 10 });
    const before = await page.evaluate(() => globalThis.sockets);
    const [network] = await until(async () => {
      const found = await processes(browser.profile, "network.mojom.NetworkService");
      return found.length > 0 && found;
    }, "the browser's network process");
    process.kill(network, "SIGKILL");
    await page.waitForFunction((n) => globalThis.sockets > n, before);
  }
  assert.deepEqual(await page.evaluate(() => globalThis.signed), { name: "lon.pdf", whole: true, grown: true });
  const stages = await page.evaluate(() => globalThis.stages);
  assert.equal(stages.filter((s) => s === "waiting-for-person").length, 1, stages.join());
});
