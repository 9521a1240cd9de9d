// Whole pages on the direct road, in Chromium: the demo's, and the one written
// in the style of the incumbent's library. The person is played by the test.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { chromiumWith, host, other, startAgent, startDirect } from "./direct.mjs";
import { browse, root } from "./support.mjs";

const words = readFileSync(join(root, "agent/internal/consent/words.txt"), "utf8").trim().split("\n");
let world, browser, page, executablePath;

before(async () => {
  world = await startDirect();
  executablePath = chromiumWith({ LoopbackNetworkAllowedForUrls: [world.origin] }, world.dir);
});
after(() => world?.close());
afterEach(() => browser?.close());

/** Opens a page of the site; it looks for the agent on port. */
async function open(path, port = world.port) {
  browser = await browse({
    ignoreHTTPSErrors: true, executablePath,
    args: [`--host-resolver-rules=MAP ${host} 127.0.0.1,MAP ${other} 127.0.0.1`, `--ip-address-space-overrides=127.0.0.1:${world.securePort}=public`],
  });
  ({ page } = browser);
  if (port !== world.port) {
    const other = (pattern, change) => page.route(pattern, async (route) => {
      const response = await route.fetch({ url: route.request().url().replace(world.origin, world.plain) });
      await route.fulfill({ response, body: change(await response.text()) });
    });
    await other("**/api/config", (text) => JSON.stringify({ ...JSON.parse(text), agentPorts: [port] }));
    await other("**/kieu-cu.html", (text) => text.replace(/data-ports="\d+"/, `data-ports="${port}"`));
  }
  await page.goto(world.origin + path);
}

/** How many signatures a document of the site has, as another program counts them. */
async function signatures(name) {
  const file = join(world.dir, name);
  writeFileSync(file, Buffer.from(await (await fetch(`${world.plain}/api/documents/${name}`)).arrayBuffer()));
  try {
    return execFileSync("pdfsig", ["-nocert", file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).match(/Signature is Valid/g)?.length ?? 0;
  } catch {
    return 0; // pdfsig says so with its exit code
  }
}

const ready = () => page.locator("#agent-state[data-state=ready]").waitFor();
const row = (name) => page.locator(`#documents > li[data-name="${name}"]`);

test("the demo page signs from a public site", async () => {
  await open("/");
  await ready();
  await row("cong-van.pdf").getByRole("button", { name: "Ký" }).click();
  await page.locator("#download").waitFor();
  await row("cong-van.pdf").locator('[data-signed="yes"]').waitFor();
  assert.equal(await signatures("cong-van.pdf"), 1);
  assert.deepEqual(browser.complaints, []);
});

test("the demo page pairs when the person asks it to, and shows the agent's words", async () => {
  const unknown = await startAgent(world.origin, { KYSO_TEST_PAIRING: "yes" });
  try {
    await open("/", unknown.port);
    await page.locator("#agent-state[data-code=PAIRING_NEEDED]").waitFor();
    await page.locator("#agent-pair").click();
    await ready();
    const told = (await unknown.line(/^words ([\d ]+)$/)).split(" ").map((n) => words[n]);
    assert.equal(told.length, 6);
    assert.deepEqual(await page.locator("#words > li").allTextContents(), told);
    await page.reload(); // the browser has kept the key
    await ready();
    // Another agent in its place is noticed, and taken after an explicit act.
    await page.unroute("**/api/config");
    await page.reload();
    await page.locator("#agent-state[data-code=AGENT_CHANGED]").waitFor();
    assert.match(await page.locator("#agent-remedy").innerText(), /đừng tiếp tục/);
    await page.getByRole("button", { name: "Kyso vừa được cài lại" }).click();
    await ready();
    await page.reload();
    await ready();
  } finally {
    await unknown.stop();
  }
});

const press = async (id, wanted) => {
  await page.locator(`#${id}`).click();
  await page.locator("#reply").filter({ hasText: wanted }).waitFor();
  return page.locator("#reply").innerText();
};

test("a page written for the incumbent signs without a change", async () => {
  await open("/kieu-cu.html");
  await page.locator("#document option").nth(2).waitFor({ state: "attached" });
  assert.equal(await press("vgca_get_version", "Đã cài"), "Đã cài: 0.1.0-test");
  assert.match(await press("vgca_get_certinfo", "CN="), /^CN=Nguyễn Văn Thử, O=.+ \(20.+ – 20.+\)$/);
  const names = await page.locator("#document option").evaluateAll((all) => all.map((o) => o.value));
  assert.equal(await press("vgca_sign_files", /Đã ký|Lỗi/), `Đã ký: 1 /api/documents/${names[0]} | 2 /api/documents/${names[1]}`);
  await page.locator("#document").selectOption(names[2]);
  for (const f of ["vgca_sign_approved", "vgca_sign_pdf"]) {
    const before = await signatures(names[2]);
    assert.equal(await press(f, /Đã ký|Lỗi/), `Đã ký: ${names[2]} | /api/documents/${names[2]} | 12/QĐ-UBND`);
    assert.equal(await signatures(names[2]), before + 1);
  }
  assert.match(await press("vgca_verify_pdf", /^\d/), /^1: Chưa đủ căn cứ để kết luận/); // this agent trusts nobody
  await page.getByRole("dialog", { name: "Kyso" }).getByRole("button", { name: "Đóng" }).click();
  // An agency signs what a person has signed, and nothing else.
  await page.locator("#document").selectOption(names[3]);
  assert.match(await press("vgca_sign_issued", /Đã ký|Lỗi/), /^Lỗi 1: .*người/);
  assert.equal(await press("vgca_sign_xml", "người gọi"), "người gọi: Lỗi 1: Kyso chưa hỗ trợ ký XML.");
  await page.locator("#number").fill("");
  assert.match(await press("vgca_sign_appendix", "Lỗi"), /số và ký hiệu văn bản/);
  assert.deepEqual(browser.complaints, []);
});

test("the incumbent's functions pair, and tell a page what went wrong", async () => {
  for (const answer of ["no", "yes"]) {
    const unknown = await startAgent(world.origin, { KYSO_TEST_PAIRING: answer });
    try {
      await open("/kieu-cu.html", unknown.port);
      await page.evaluate(() => new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const n of addedNodes) globalThis.words ??= n.querySelector?.("[data-kyso-words]")?.dataset.kysoWords;
      }).observe(document.body, { childList: true }));
      await page.locator("#document option").nth(2).waitFor({ state: "attached" });
      assert.equal(await press("vgca_get_version", "Đã cài"), "Đã cài: "); // and nobody was asked
      assert.match(await press("vgca_sign_pdf", /Đã ký|Lỗi/), answer === "yes" ? /^Đã ký: / : /^Lỗi 1: Bạn đã từ chối/);
      const told = (await unknown.line(/^words ([\d ]+)$/)).split(" ").map((n) => words[n]);
      assert.equal(await page.evaluate(() => globalThis.words), told.join(" "));
      assert.equal(await page.getByRole("dialog").count(), 0);
    } finally {
      await unknown.stop();
      await browser.close();
      browser = undefined;
    }
  }
});
