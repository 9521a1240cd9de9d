// The extension's road in Chromium, from a public page without any leave to
// reach this computer: the real host, agent, token and window, and the attacks
// that come to nothing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { tryConnect, tryDiagnose, until } from "./direct.mjs";
import { browseChromium, inspect, present, startWorld, trySignMany } from "./extension.mjs";
import { processes } from "./support.mjs";

let world, browser, page;
before(async () => (world = await startWorld()));
after(() => world?.close());
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

/** Opens Chromium with the extension at a page of the site, and waits until both are ready. */
async function open(path = "/probe", { at = world.origin, ready = true, ...more } = {}) {
  browser = await browseChromium(world, more);
  ({ page } = browser);
  await page.goto(at + path);
  await page.waitForFunction(() => globalThis.kyso);
  if (ready) await page.waitForFunction(present);
}

test("one document and twenty are signed, each time with one question, where the direct road is closed", async () => {
  await open();
  assert.equal((await page.evaluate(tryConnect, { ports: [world.port], road: "direct" })).code, "PERMISSION_DENIED");
  for (const count of [1, 20]) {
    const signing = page.evaluate(trySignMany, { names: Array(count).fill("cong-van.pdf") });
    await world.agree();
    assert.deepEqual(await signing, { road: "extension", signed: count, whole: true, holder: "Nguyễn Văn Thử" });
    assert.deepEqual(world.windows(), []);
  }
  const { ready, road, extension } = await page.evaluate(tryDiagnose, { ports: [world.port] });
  assert.deepEqual([ready, road, extension], [true, "extension", { present: true }]);
});

/** Has a document of so many MiB signed; globalThis.signed is what becomes of it, globalThis.stages what was told. */
const signLarge = ({ mb }) => {
  globalThis.stages = [];
  globalThis.signed = (async () => {
    const agent = await globalThis.kyso.connect({ road: "extension" });
    const blob = await (await fetch(`/lon.pdf?mb=${mb}`)).blob();
    const start = performance.now();
    const times = {};
    const signed = await agent.sign({ blob, name: "lon.pdf" }, {}, {
      onProgress: ({ stage, done }) => {
        if (globalThis.stages.at(-1) !== stage) globalThis.stages.push(stage);
        times[stage] ??= Math.round(performance.now() - start);
        globalThis.done = [stage, done];
      },
    });
    times.end = Math.round(performance.now() - start);
    const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", await signed.blob.arrayBuffer()))].map((b) => b.toString(16).padStart(2, "0")).join("");
    agent.close();
    return { size: blob.size, grown: signed.size > blob.size, whole: digest === signed.sha256, times };
  })().catch(({ code, message }) => ({ code, message }));
};

/** The most a process has held, in bytes. */
const held = (id) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "latin1"))[1]) * 1024;

test("64 MB go through, and the worker never holds 128 MB", async (t) => {
  await open("/probe", { args: ["--remote-debugging-port=0"] });
  const inspector = await inspect(browser);
  try {
    const heap = await inspector.heap();
    const [process] = await processes(browser.profile, "--extension-process");
    const idle = held(process);
    let [peak, samples, sampling] = [0, 0, true];
    const watching = (async () => {
      while (sampling) {
        peak = Math.max(peak, await heap());
        samples++;
      }
    })();
    await page.evaluate(signLarge, { mb: 64 });
    await world.agree();
    const { times, size, ...rest } = await page.evaluate(() => globalThis.signed);
    sampling = false;
    await watching;
    assert.deepEqual(rest, { grown: true, whole: true });
    assert.ok(size > 64 << 20);
    const whole = held(process);
    const mb = (bytes) => (bytes / (1 << 20)).toFixed(1);
    t.diagnostic(`worker: at most ${mb(peak)} MiB in ${samples} samples; its process with all of Chromium's code: ${mb(whole)} MiB, ${mb(idle)} before; ms since the start: ${JSON.stringify(times)}`);
    assert.ok(samples > 20, `${samples} samples`);
    assert.ok(peak < 128 << 20, `${mb(peak)} MiB`);
  } finally {
    inspector.close();
  }
});

test("the worker is ended in the middle, again and again: the signing goes on, and the person is asked once", async () => {
  await open("/probe", { args: ["--remote-debugging-port=0"] });
  const inspector = await inspect(browser);
  try {
    await page.evaluate(signLarge, { mb: 48 });
    const under = (stage) => page.waitForFunction((stage) => globalThis.done?.[0] === stage && globalThis.done[1] > 0, stage, { polling: 10 });
    await under("receiving");
    await inspector.kill();
    await world.asked();
    const before = world.windows();
    await inspector.kill();
    // Until the page is there again: the agent keeps what the person has not agreed to for 10 s.
    await until(() => inspector.target(), "another worker");
    await world.agree();
    assert.equal(before.length, 1);
    await under("sending");
    await inspector.kill();
    const { times, size, ...rest } = await page.evaluate(() => globalThis.signed);
    assert.deepEqual(rest, { grown: true, whole: true });
    const stages = await page.evaluate(() => globalThis.stages);
    assert.equal(stages.filter((s) => s === "waiting-for-person").length, 1, stages.join());
    assert.deepEqual(world.windows(), []);
  } finally {
    inspector.close();
  }
});

test("the demo page knows nothing of roads, and says which it was", async () => {
  browser = await browseChromium(world);
  ({ page } = browser);
  await page.goto(`${world.origin}/probe`);
  await page.waitForFunction(present);
  await page.goto(`${world.origin}/`);
  await page.locator("#agent-state[data-state=ready]").waitFor();
  assert.equal(await page.locator("#agent-remedy").innerText(), "Qua tiện ích Kyso của trình duyệt.");
  await page.locator('#documents > li[data-name="cong-van.pdf"]').getByRole("button", { name: "Ký" }).click();
  await world.agree();
  await page.locator("#download").waitFor();
});

test("leaving the page cancels, and closes the window", async () => {
  await open();
  await page.evaluate(() => {
    globalThis.kyso.connect({ road: "extension" }).then(async (agent) => agent.sign({ blob: await (await fetch("/api/documents/cong-van.pdf")).blob(), name: "a.pdf" }));
  });
  await world.asked();
  await page.goto("about:blank");
  await until(() => world.windows().length === 0, "the window to close");
});
