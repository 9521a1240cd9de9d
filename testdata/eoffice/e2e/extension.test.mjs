// The extension's road in Chromium, from a public page without any leave to
// reach this computer: the real host, agent, token and window, and the attacks
// that come to nothing.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { tryConnect, tryDiagnose } from "./direct.mjs";
import { browseChromium, present, startWorld, trySignMany } from "./extension.mjs";

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
