// The popup and the options with the real agent and a token, and the page that
// checks, with the certificates the agent's person trusts.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./direct.mjs";
import { browseChromium, present, startWorld, worker } from "./extension.mjs";
import { own } from "./panel.mjs";
import { build } from "./support.mjs";

let world, browser;
before(async () => (world = await startWorld({ policy: () => ({ pairing: true }) })));
after(() => world?.close());
afterEach(() => browser?.close());

test("the popup tells the agent's state, the certificate, and who allows the site", async () => {
  browser = await browseChromium(world);
  await browser.page.goto(`${world.origin}/probe`);
  const background = await worker(browser);
  const tab = await until(() => background.evaluate(async (url) => (await chrome.tabs.query({})).find((t) => t.url === url), `${world.origin}/probe`), "the tab");
  const popup = await browser.context.newPage();
  await popup.setViewportSize({ width: 400, height: 760 });
  await popup.goto(`${own("popup.html")}#${tab.id}`);
  await popup.getByText("Sẵn sàng ký").waitFor();
  assert.match(await popup.locator("#machine").innerText(), /Nguyễn Văn Thử\s+[^]*Còn \d+ ngày, đến \d\d\/\d\d\/\d{4}/);
  assert.match(await popup.locator("#site").innerText(), /Trang này được phép dùng Kyso để ký: quản trị viên cho phép, qua thiết đặt của Kyso\./);
  await popup.screenshot({ path: join(build, "popup.png"), fullPage: true });
  await popup.getByRole("button", { name: "Vì sao không ký được?" }).click();
  await popup.locator("#doctor .word").first().waitFor({ timeout: 60_000 });
  assert.match(await popup.locator("#doctor").innerText(), /Mọi thứ đã sẵn sàng để ký|Có việc cần xử lý/);
  // It has the administrator's word, so it cannot be removed here.
  const options = await browser.context.newPage();
  await options.goto(own("options.html"));
  await options.locator("#sites").getByText(world.origin).waitFor();
  assert.equal(await options.locator("#sites").getByRole("button").count(), 0);
  assert.deepEqual(browser.complaints.filter((text) => !/404/.test(text)), []); // the site has no icon
});

test("a person allows a site in the popup and in the browser's own question, with the keyboard", async () => {
  const plain = join(world.dir, "plain"); // as in the stores: no site is built in
  cpSync(world.extension("chrome"), plain, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(plain, "manifest.json"), "utf8"));
  writeFileSync(join(plain, "manifest.json"), JSON.stringify({ ...manifest, host_permissions: ["file:///*"] }));
  browser = await browseChromium(world, { extension: plain, headless: false, viewport: null, env: world.env, args: ["--ozone-platform=x11"] });
  await browser.page.goto(`${world.stranger}/probe`);
  const background = await worker(browser);
  const permitted = () => background.evaluate((origins) => chrome.permissions.contains({ origins }), [`${world.stranger}/*`]);
  const person = () => background.evaluate(async () => (await chrome.storage.local.get("personSites")).personSites ?? []);
  const popups = () => background.evaluate(async () => (await chrome.runtime.getContexts({ contextTypes: ["POPUP"] })).length);
  const soon = (what) => until(what, "the browser", 5).catch(() => false);
  const xdo = (...args) => execFileSync("xdotool", args, { env: world.env, encoding: "utf8" }).trim();
  const browserWindow = xdo("search", "--onlyvisible", "--class", "chromium").split("\n").at(-1);
  // Windows do not listen to keys at once, and a key too early is nobody's, or refuses.
  await until(async () => {
    await browser.page.bringToFront();
    xdo("windowfocus", browserWindow);
    if (!(await popups())) xdo("key", "alt+shift+k");
    if (!(await soon(popups))) return false;
    await sleep(1500); // the agent is asked whether the site may be allowed
    xdo("key", "Tab", "Tab", "Tab", "Return");
    if (!(await soon(async () => !(await popups())))) return false; // the browser asks, and the popup is gone
    await sleep(1500);
    xdo("key", "Tab", "Return");
    return soon(permitted);
  }, "the site's permission", 90);
  // Nothing more is pressed: the popup was closed by the question.
  await until(async () => (await person()).includes(world.stranger), "the site");
  await until(popups, "the popup, which says so");
  await browser.page.reload();
  await browser.page.waitForFunction(present);
});
