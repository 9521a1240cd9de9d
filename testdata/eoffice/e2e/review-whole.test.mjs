// A review with nothing played: Chromium, the extension, the real host and agent,
// a token and a person at the agent's window. What the review page does by itself
// is in review.test.mjs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { until } from "./direct.mjs";
import { browseChromium, extensionId, inspect, present, startWorld } from "./extension.mjs";

let world, browser, page;
before(async () => (world = await startWorld({ policy: () => ({ extension: { review: "always" } }) })));
after(() => world?.close());
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

async function open(more) {
  browser = await browseChromium(world, more);
  ({ page } = browser);
  await page.goto(`${world.origin}/probe`);
  await page.waitForFunction(() => globalThis.kyso);
  await page.waitForFunction(present);
}

/** Signs a document in the page, with a stamp, and gives what came of it. */
const trySign = async () => {
  const agent = await globalThis.kyso.connect({ road: "extension" });
  try {
    const blob = await (await fetch("/api/documents/cong-van.pdf")).blob();
    const signed = await agent.sign({ blob, name: "cong-van.pdf" }, { profile: "personal", place: "1,60,60,250,90" });
    return { signed: btoa(Array.from(new Uint8Array(await signed.blob.arrayBuffer()), (b) => String.fromCharCode(b)).join("")) };
  } catch ({ code }) {
    return { code };
  } finally {
    agent.close();
  }
};

const reviews = () => browser.context.pages().filter((one) => one.url().startsWith(`chrome-extension://${extensionId}/review.html`));

/** The page that the extension opens for a review, once the person could go on. */
async function review() {
  const found = await until(() => reviews()[0], "the review page");
  await found.locator("#confirm:enabled").waitFor({ timeout: 60_000 });
  return found;
}

/** Goes on. What was pressed before is sent when the keys rest, and until it is answered there is no going on. */
const goOn = (shown) => until(async () => {
  await shown.locator("#confirm:enabled").click({ timeout: 1000 }).catch(() => {});
  return (await shown.locator("body[data-phase=review]").count()) === 0;
}, "going on");

/** Where qpdf finds the stamp. */
function stampOf(base64) {
  const file = join(world.dir, "signed.pdf");
  writeFileSync(file, Buffer.from(base64, "base64"));
  assert.match(execFileSync("pdfsig", ["-nocert", file], { encoding: "utf8" }), /Signature is Valid/);
  const { qpdf } = JSON.parse(execFileSync("qpdf", ["--json=2", "--json-key=qpdf", "--json-stream-data=none", file], { encoding: "utf8", maxBuffer: 64 << 20 }));
  const widgets = Object.values(qpdf[1]).map(({ value }) => value).filter((v) => v?.["/Subtype"] === "/Widget");
  assert.equal(widgets.length, 1);
  return widgets[0]["/Rect"];
}

test("the person looks, moves the stamp, goes on, and signs in the window", async () => {
  await open();
  const places = [];
  for (const moves of [0, 3]) {
    const signing = page.evaluate(trySign);
    const shown = await review();
    assert.deepEqual(world.windows(), []); // not before the person is through
    assert.equal(await shown.locator("#origin").innerText(), world.origin);
    await shown.locator(".stamp").focus();
    for (let i = 0; i < moves; i++) await shown.keyboard.press("Shift+ArrowUp"); // 10 points
    await goOn(shown);
    await world.agree();
    const { signed, code } = await signing;
    assert.equal(code, undefined);
    places.push(stampOf(signed));
    await until(() => shown.isClosed() || shown.locator("body[data-phase=over]").count(), "the review's end");
    if (!shown.isClosed()) await shown.close();
  }
  const [[left, low], [right, high]] = places;
  assert.ok(Math.abs(right - left) < 1 && Math.abs(high - low - 30) < 1, JSON.stringify(places));
});

test("the worker is ended during the review, with its page and without: the person goes on, and is asked once", async () => {
  await open({ args: ["--remote-debugging-port=0"] });
  const inspector = await inspect(browser);
  try {
    const signing = page.evaluate(trySign);
    const shown = await review();
    await inspector.kill();
    // The site's page comes back, and a new worker with it, which is told of the review.
    await until(() => inspector.target(), "another worker");
    await shown.locator("#zoom button").first().click();
    // Closed while the worker is there it would not come again: it is not told twice.
    await shown.close();
    await inspector.kill();
    const again = await review();
    assert.notEqual(again, shown);
    await goOn(again);
    await world.asked();
    assert.equal(world.windows().length, 1);
    assert.deepEqual(reviews().filter((one) => one !== again), []);
    await world.agree();
    const { signed, code } = await signing;
    assert.equal(code, undefined);
    stampOf(signed);
    assert.deepEqual(world.windows(), []);
  } finally {
    inspector.close();
  }
});

test("a refusal in the review is one, and no window asks", async () => {
  await open();
  const signing = page.evaluate(trySign);
  const shown = await review();
  await shown.locator("#refuse").click();
  assert.deepEqual(await signing, { code: "REFUSED" });
  assert.deepEqual(world.windows(), []);
});

test("a page that cancels takes its review with it", async () => {
  await open();
  const signing = page.evaluate(trySign).catch(() => undefined);
  const shown = await review();
  await page.goto("about:blank");
  await signing;
  await until(() => shown.isClosed() || shown.locator("body[data-phase=over]").count(), "the review's end");
  assert.deepEqual(world.windows(), []);
});
