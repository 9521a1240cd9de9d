// Checking documents in Firefox: its extension pages, and its background, which
// is a page there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { until } from "./direct.mjs";
import { browseFirefox } from "./firefox.mjs";
import { buildPanel, scratch, sendFile, serveDocuments, variant } from "./panel.mjs";
import { build, extensionFor } from "./support.mjs";

const uuid = "6d3b1f0e-5c1a-4d57-9a55-3b0c7d1f2a10"; // Firefox draws one for each profile
const own = (page) => `moz-extension://${uuid}/${page}`;
let site, browser;

before(async () => {
  buildPanel();
  site = await serveDocuments((path, _, response) => path === "/tai-bi-sua.pdf" && (sendFile(response, "bi-sua.pdf", { "Content-Disposition": "attachment" }), true));
});
after(() => site?.close());
afterEach(() => browser?.close());

/** Starts Firefox with the extension. */
async function start(extension, prefs = {}) {
  browser = await browseFirefox({ "extensions.webextensions.uuids": JSON.stringify({ "extension@kyso": uuid }), ...prefs }, process.env, { args: ["--remote-allow-system-access"] });
  await browser.send("webExtension.install", { extensionData: { type: "path", path: extension } });
}

/** Opens a page of the extension, as only the browser itself can; the function it gives runs functions in it. */
async function open(page) {
  const { contexts: [window] } = await browser.send("browsingContext.getTree", { "moz:scope": "chrome" });
  const expression = `void gBrowser.addTab(${JSON.stringify(own(page))}, { triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal() })`;
  await browser.send("script.evaluate", { expression, target: { context: window.context }, awaitPromise: true });
  const { context } = await until(async () => (await browser.send("browsingContext.getTree", {})).contexts.find((c) => c.url === own(page)), page);
  return async (f, argument) => {
    const expression = `(async () => JSON.stringify(await (${f})(${JSON.stringify(argument)})))()`;
    const answer = await browser.send("script.evaluate", { expression, target: { context }, awaitPromise: true });
    if (answer.type === "exception") throw new Error(answer.exceptionDetails.text);
    return answer.result.value === undefined ? undefined : JSON.parse(answer.result.value);
  };
}
const text = () => document.body?.innerText ?? "";

test("what is dropped is judged inside the extension", async () => {
  await start(extensionFor("firefox"));
  const run = await open("verify.html");
  await until(async () => /Trình duyệt này chưa có chứng thư số gốc/.test(await run(text)), "the page");
  const files = ["ky.pdf", "goc.crt", "cap.crl", "goc.crl"].map((name) => ({ name, base64: readFileSync(join(build, name)).toString("base64") }));
  await run((files) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of files) transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, files);
  assert.equal(await until(() => run(() => document.querySelector("article .word")?.innerText), "a verdict"), "✓ Hợp lệ");
});

test("a site's document is asked for first: a click alone does not let Firefox's extensions read", async () => {
  await start(extensionFor("firefox"));
  const before = site.requests.length;
  const run = await open(`verify.html#${new URLSearchParams({ url: `${site.origin}/ky.pdf`, tab: "1", granted: "1" })}`);
  await until(async () => (await run(text)).includes(`Cho phép đọc từ ${site.origin}`), "the question");
  assert.deepEqual(site.requests.slice(before), []);
});

test("a download of a chosen site is checked by the background itself", async () => {
  // What the person gives with a click in the options.
  const extension = variant("firefox-watching", (m) => {
    m.host_permissions = ["http://127.0.0.1/*"];
    m.permissions.push("downloads", "notifications");
    m.optional_permissions = [];
  }, "firefox");
  await start(extension, { "browser.download.folderList": 2, "browser.download.dir": scratch("firefox-downloads"), "browser.download.always_ask_before_handling_new_types": false, "pdfjs.disabled": true, "browser.helperApps.neverAsk.saveToDisk": "application/pdf" });
  const run = await open("options.html");
  await until(async () => /Tự kiểm tra tệp tải về/.test(await run(text)), "the options");
  await run((origin) => chrome.runtime.sendMessage({ type: "set-settings", settings: { checkDownloads: [origin] } }), site.origin);
  assert.equal(await run((origin) => chrome.permissions.contains({ permissions: ["downloads"], origins: [origin] }), "http://127.0.0.1/*"), true);
  await browser.goto(`${site.origin}/`);
  await browser.evaluate(() => {
    const link = document.createElement("a");
    link.href = "/tai-bi-sua.pdf";
    document.body.append(link);
    link.click();
  });
  const [check] = await until(() => run(async () => (await chrome.storage.local.get("checks")).checks ?? null), "the check");
  assert.deepEqual([check.name, check.outcome, check.site, check.download], ["tai-bi-sua.pdf", "TOTAL-FAILED", site.origin, true]);
  assert.equal(await run(() => chrome.action.getBadgeText({})), "✗");
});
