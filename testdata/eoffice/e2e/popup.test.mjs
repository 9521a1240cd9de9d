// The popup and the options with the real agent and a token, and the page that
// checks, with the certificates the agent's person trusts.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { until } from "./direct.mjs";
import { browseChromium, startWorld, worker } from "./extension.mjs";
import { own } from "./panel.mjs";
import { build } from "./support.mjs";

let world, browser;
before(async () => (world = await startWorld()));
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
