// The whole road with a review: an untouched page asks, the real agent has the
// real extension show the frozen document, the stamp is moved there, and the
// agent's own window asks about it. When there is a review is the person's choice
// here; an administrator's is in review-whole.test.mjs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { until } from "./direct.mjs";
import { browseChromium, extensionId, present, startWorld } from "./extension.mjs";
import { build } from "./support.mjs";

let world, browser, page;
before(async () => (world = await startWorld({ policy: () => ({ extension: {} }) })));
after(() => world?.close());
afterEach(() => browser?.close());

async function open() {
  browser = await browseChromium(world);
  ({ page } = browser);
  await page.goto(`${world.origin}/probe`);
  await page.waitForFunction(() => globalThis.kyso);
  await page.waitForFunction(present);
}

/** Signs in the page; gives the signed documents in base64, or the error's code. */
const sign = async ({ names, options }) => {
  const agent = await globalThis.kyso.connect({ road: "extension" });
  try {
    const documents = await Promise.all(names.map(async (name, i) => ({ name: `${i + 1}-${name}`, blob: await (await fetch(`/api/documents/${name}`)).blob() })));
    const signed = await agent.sign(documents, options);
    return await Promise.all(signed.map(async ({ blob }) => {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    }));
  } catch ({ code }) {
    return code;
  } finally {
    agent.close();
  }
};

/** The review page, once the extension has opened it and it has read everything. */
async function reviewed() {
  const review = await until(() => browser.context.pages().find((one) => one.url().includes("/review.html#")), "the review page");
  await review.locator("#confirm:enabled").waitFor();
  return review;
}

/** The rectangle and page of the signature's field, as qpdf reads them. */
function placeOf(base64, name) {
  mkdirSync(build, { recursive: true });
  const file = join(build, name);
  writeFileSync(file, Buffer.from(base64, "base64"));
  const { qpdf: [, objects], pages } = JSON.parse(execFileSync("qpdf", ["--json=2", "--json-key=qpdf", "--json-key=pages", file], { maxBuffer: 1 << 28 }));
  const [key, { value }] = Object.entries(objects).find(([, o]) => o.value?.["/FT"] === "/Sig");
  const number = pages.findIndex(({ object }) => {
    const annots = objects[`obj:${object}`].value["/Annots"] ?? [];
    return (typeof annots === "string" ? objects[`obj:${annots}`].value : annots).includes(key.replace("obj:", ""));
  });
  return { page: number + 1, rect: value["/Rect"] };
}

test("the place chosen in the review is where the signature stands", async () => {
  await open();
  const signing = page.evaluate(sign, { names: ["cong-van.pdf"], options: { profile: "personal" } });
  const review = await reviewed();
  assert.equal(await review.locator("#origin").innerText(), world.origin);
  assert.match(await review.locator("#who").innerText(), /Nguyễn Văn Thử/);
  assert.deepEqual(world.windows(), [], "the agent's window came before the review was over");
  const stamp = review.locator(".stamp");
  await stamp.waitFor();
  await review.locator(".stamp img[src]").waitFor(); // what it will look like
  const mm = async (name) => Number(await review.locator(`#stamp-${name}`).inputValue());
  const [left, bottom] = [await mm("left"), await mm("bottom")];
  await stamp.focus();
  for (let i = 0; i < 5; i++) await review.keyboard.press("Shift+ArrowLeft");
  for (let i = 0; i < 2; i++) await review.keyboard.press("Shift+ArrowUp");
  await review.getByText(/Đã đặt hình chữ ký: trang 1/).waitFor({ state: "attached" }).catch(async (error) => {
    const seen = await review.evaluate(() => [document.activeElement?.className, ...["said", "stamp-panel", "notice"].map((id) => document.getElementById(id)?.textContent)]);
    throw new Error(`the stamp was not placed: ${JSON.stringify(seen)}`, { cause: error });
  });
  await review.locator("#confirm:enabled").waitFor();
  // 50 points are 17.6 mm, 20 are 7.1.
  assert.ok(Math.abs((await mm("left")) - (left - 17.6)) <= 0.2 && Math.abs((await mm("bottom")) - (bottom + 7.1)) <= 0.2, "the fields do not follow");
  const [x, y] = [(await mm("left")) * 72 / 25.4, (await mm("bottom")) * 72 / 25.4];
  await review.screenshot({ path: join(build, "xem-lai-that.png") });
  await review.getByRole("button", { name: "Tiếp tục ký" }).click();
  await review.getByRole("heading", { name: "Mời xem cửa sổ Kyso và so các từ" }).waitFor();
  await world.agree();
  const [signed] = await signing;
  const { page: number, rect } = placeOf(signed, "xem-lai-da-ky.pdf");
  assert.equal(number, 1);
  assert.ok(Math.abs(rect[0] - x) < 0.5 && Math.abs(rect[1] - y) < 0.5, `${rect} instead of ${x}, ${y}`);
  await until(() => review.isClosed(), "the review page to close itself");
});

test("refused in the review: nothing is signed, and no window comes", async () => {
  await open();
  const signing = page.evaluate(sign, { names: ["cong-van.pdf", "cong-van.pdf"], options: {} });
  const review = await reviewed();
  assert.equal(await review.getByRole("option").count(), 2);
  await review.getByRole("button", { name: "Từ chối" }).click();
  await review.getByText("Đã từ chối. Không có gì được ký.").waitFor();
  assert.equal(await signing, "REFUSED");
  assert.deepEqual(world.windows(), []);
});

test("a person who wants to see documents where a stamp is placed sees those", async () => {
  await open();
  const options = await browser.context.newPage();
  await options.goto(`chrome-extension://${extensionId}/options.html`);
  await options.locator("[name=review][value=stamp]").check();
  await until(() => options.evaluate(async () => (await chrome.storage.local.get("review")).review === "stamp"), "the choice");
  const plain = page.evaluate(sign, { names: ["cong-van.pdf"], options: {} });
  await world.agree();
  assert.equal((await plain).length, 1);
  assert.deepEqual(browser.context.pages().filter((one) => one.url().includes("/review.html")), []);
  const stamped = page.evaluate(sign, { names: ["cong-van.pdf"], options: { profile: "personal" } });
  await (await reviewed()).getByRole("button", { name: "Từ chối" }).click();
  assert.equal(await stamped, "REFUSED");
});
