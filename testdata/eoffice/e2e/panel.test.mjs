// Checking documents where people meet them: the extension's popup, its page,
// its icon, and downloads, in a real Chromium.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { chromiumWith, until } from "./direct.mjs";
import { browsePanel, buildPanel, folder, id, own, poorContrast, scratch, sendFile, serveDocuments, startScreen, variant } from "./panel.mjs";
import { build, drop, extensionFor } from "./support.mjs";

const file = (name) => ({ name, data: readFileSync(join(build, name)) });
let site, browser, plain, granted, watching, hold;

before(async () => {
  buildPanel();
  plain = extensionFor("chrome");
  granted = variant("granted", (m) => m.host_permissions.push("http://127.0.0.1/*"));
  // What the person gives with a click in the options.
  watching = variant("watching", (m) => {
    m.host_permissions.push("http://127.0.0.1/*");
    m.permissions.push("downloads", "notifications");
    m.optional_permissions = [];
  });
  site = await serveDocuments((path, _, response, nth) => {
    // Shows one document, and sends whoever asks again to another.
    if (path === "/dan-di.pdf" || path === "/tai-dan-di.pdf") {
      if (nth > 1) return response.writeHead(302, { Location: "/kem-bang-chung.pdf" }).end(), true;
      return sendFile(response, "bi-sua.pdf", path.startsWith("/tai-") ? { "Content-Disposition": "attachment" } : {}), true;
    }
    if (path === "/dang-nhap.pdf") return response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html>Đăng nhập"), true;
    if (path === "/het-han.pdf") return response.writeHead(410).end(), true;
    const attached = { "Content-Disposition": "attachment" };
    if (path === "/tai-hop-le.pdf") return sendFile(response, "kem-bang-chung.pdf", attached), true;
    if (path === "/tai-bi-sua.pdf") return sendFile(response, "bi-sua.pdf", attached), true;
    if (path === "/tai-mot-lan.pdf" && nth > 1) return response.writeHead(410).end(), true;
    if (path === "/tai-doi-khac.pdf" && nth > 1) return sendFile(response, "kem-bang-chung.pdf"), true;
    if (path.startsWith("/tai-")) return sendFile(response, "ky.pdf", attached), true;
    if (path === "/cham.pdf" && nth > 1) return (hold = () => sendFile(response, "kem-bang-chung.pdf")), true;
    if (path === "/cham.pdf") return sendFile(response, "kem-bang-chung.pdf"), true;
    return false;
  });
});
after(() => site.close());
// Whatever a test did: no complaint in a console.
let forgiven = [];
afterEach(async () => {
  const complaints = browser?.complaints ?? [];
  await browser?.close();
  browser = undefined;
  assert.deepEqual(complaints.filter((text) => !forgiven.some((one) => one.test(text))), []);
  forgiven = [];
});

const anchors = () => [{ name: "Gốc thử nghiệm", certificate: readFileSync(join(build, "goc.pem"), "utf8") }];
const withPolicy = (settings) => chromiumWith({ "3rdparty": { extensions: { [id]: settings } } }, scratch("policy"));

/** Opens a document in the first tab. */
async function show(url) {
  await browser.page.goto(url, { waitUntil: "commit" });
  return until(() => browser.tab(url), "the tab");
}

/**
 * What the context menu's entry does: automation cannot click such menus, so the
 * background's listener gets the event that the browser would send.
 */
async function menu(menuItemId, info, tab) {
  const opened = browser.context.waitForEvent("page");
  await browser.worker.evaluate(([info, tab]) => void chrome.contextMenus.onClicked.dispatch(info, tab), [{ menuItemId, ...info }, tab]);
  return opened;
}
const word = (page) => page.locator("article .word");
const badgeOf = (tab, sign) => until(async () => (await browser.badge(tab.id))[0] === sign, `the sign ${sign}`);

/** Opens a document as a person does who has given the extension nothing, and has it checked with the keyboard; returns the page and the tab. */
async function byShortcut(screen, url) {
  browser = await browsePanel(plain, { headless: false, viewport: null, env: screen.env, args: ["--ozone-platform=x11"] });
  await browser.page.goto(url, { waitUntil: "commit" });
  const tabs = () => browser.worker.evaluate(() => chrome.tabs.query({}));
  // Nothing is seen of a site yet.
  if (!url.startsWith("file:")) assert.deepEqual((await tabs()).map((t) => t.url), [undefined]);
  const opened = browser.context.waitForEvent("page", { timeout: 90_000 });
  const { xdo } = screen;
  xdo("windowfocus", xdo("search", "--onlyvisible", "--class", "chromium").split("\n").at(-1));
  const popups = () => browser.worker.evaluate(async () => (await chrome.runtime.getContexts({ contextTypes: ["POPUP"] })).length);
  // The window may not listen to keys yet.
  await until(async () => {
    if (!(await popups())) xdo("key", "alt+shift+k");
    return until(popups, "the popup", 3).catch(() => false);
  }, "the popup");
  assert.deepEqual((await tabs()).map((t) => t.url), [url]); // the person's act gave this tab
  // The button that checks has the focus once it is there; the popup closes when it was pressed.
  await until(async () => {
    if (await popups()) xdo("key", "Return");
    return until(async () => !(await popups()), "the button", 3).catch(() => false);
  }, "the button");
  return { page: await opened, tab: await until(() => browser.tab(url), "the tab") };
}

test("the shortcut opens the popup, and its button checks the tab's document, without any permission given before", async () => {
  const screen = await startScreen();
  try {
    const before = site.requests.length;
    const { page, tab } = await byShortcut(screen, `${site.origin}/bi-sua.pdf`);
    await word(page).waitFor();
    assert.equal(await word(page).innerText(), "✗ Không hợp lệ");
    await badgeOf(tab, "✗");
    assert.deepEqual(site.requests.slice(before), ["/bi-sua.pdf", "/bi-sua.pdf"]); // the browser's, and ours once
  } finally {
    await browser?.close();
    browser = undefined;
    await screen.close();
  }
});

test("a file of this computer is checked in the same way, where the person allows it", async () => {
  const screen = await startScreen();
  try {
    const url = `file://${join(build, "bi-sua.pdf")}`;
    const { page, tab } = await byShortcut(screen, url);
    // The switch is on for an extension that is loaded like this.
    assert.equal(await browser.worker.evaluate(() => chrome.extension.isAllowedFileSchemeAccess()), true);
    await word(page).waitFor();
    assert.equal(await word(page).innerText(), "✗ Không hợp lệ");
    await page.getByText("bi-sua.pdf, lấy từ máy này").waitFor();
    await badgeOf(tab, "✗");
  } finally {
    await browser?.close();
    browser = undefined;
    await screen.close();
  }
});

test("each document's verdict on the page and on its own tab's icon, with the administrator's anchors", async () => {
  forgiven = [/Blocked autofocusing/]; // the browser's own question for the password of an encrypted document
  browser = await browsePanel(granted, { executablePath: withPolicy({ anchors: anchors() }) });
  const blank = await browser.context.newPage();
  for (const [name, said, sign] of [
    ["kem-bang-chung.pdf", "✓ Hợp lệ", "✓"], ["bi-sua.pdf", "✗ Không hợp lệ", "✗"],
    ["cong-van.pdf", "? Chưa đủ căn cứ để kết luận", "!"], ["ma-hoa.pdf", "? Chưa đủ căn cứ để kết luận", "!"],
  ]) {
    const tab = await show(`${site.origin}/${name}`);
    assert.deepEqual(await browser.badge(tab.id), ["", "Kyso"], "the sign of another document");
    const page = await menu("page", { pageUrl: tab.url }, tab);
    await word(page).waitFor();
    assert.equal(await word(page).innerText(), said);
    await badgeOf(tab, sign);
    assert.equal((await browser.badge(tab.id))[1], `Kyso – ${name}: ${said.slice(2)}`);
    const text = await page.locator("main").innerText();
    if (sign !== "✓") assert.doesNotMatch(text.replace(/Cách đọc kết quả[^]*/, ""), /✓|(?<!không )hợp lệ/i);
    if (sign === "✓") {
      assert.match(text, /Dựa trên chứng thư số gốc được tin trên máy này: Gốc thử nghiệm\./);
      for (const field of ["Nơi cấp chứng thư số", "Người ký", "Cơ quan, tổ chức quản lý", "Thời gian ký", "Tính toàn vẹn", "Hiệu lực tại lúc ký", "Thời hạn chứng thư số"]) {
        assert.ok(text.includes(field), `${field} is not shown`);
      }
      await page.screenshot({ path: join(folder, "kiem-tra.png"), clip: { x: 0, y: 0, width: 1280, height: 900 } });
    }
    await page.close();
  }
  const checks = await browser.worker.evaluate(() => chrome.storage.local.get("checks"));
  assert.deepEqual(checks.checks.map((c) => [c.name, c.outcome]), [
    ["ma-hoa.pdf", "INDETERMINATE"], ["cong-van.pdf", "INDETERMINATE"], ["bi-sua.pdf", "TOTAL-FAILED"], ["kem-bang-chung.pdf", "TOTAL-PASSED"],
  ]);
  await blank.close();
});

test("what a person adds is judged anew, and the icon says so", async () => {
  browser = await browsePanel(granted);
  const tab = await show(`${site.origin}/ky.pdf`);
  const page = await menu("action", { pageUrl: tab.url }, tab);
  await badgeOf(tab, "!");
  await page.getByText("Trình duyệt này chưa có chứng thư số gốc nào được tin").waitFor();
  await drop(page, "body", ["goc.crt", "cap.crl", "goc.crl"].map(file));
  await word(page).getByText("Hợp lệ", { exact: true }).waitFor();
  await badgeOf(tab, "✓");
  // A document that was dropped is nobody's tab.
  await drop(page, "body", [file("bi-sua.pdf")]);
  await page.getByText("Không hợp lệ", { exact: true }).first().waitFor();
  assert.equal((await browser.badge(tab.id))[0], "✓");
  // The tab goes elsewhere, and the sign with it.
  await show(`${site.origin}/`);
  assert.deepEqual(await browser.badge(tab.id), ["", "Kyso"]);
});

test("a tab that went elsewhere meanwhile gets no sign", async () => {
  browser = await browsePanel(granted, { executablePath: withPolicy({ anchors: anchors() }) });
  const tab = await show(`${site.origin}/cham.pdf`);
  const page = await menu("page", { pageUrl: tab.url }, tab);
  await page.getByText("Đang tải lại cham.pdf").waitFor();
  await until(() => hold, "the second request");
  await show(`${site.origin}/bi-sua.pdf`);
  hold();
  await word(page).waitFor();
  assert.equal(await word(page).innerText(), "✓ Hợp lệ");
  await until(() => browser.worker.evaluate(async () => (await chrome.storage.local.get("checks")).checks), "the list");
  assert.deepEqual(await browser.badge(tab.id), ["", "Kyso"]);
});

test("an address of a tab that leads elsewhere is not followed: the other document's verdict is not this one's", async () => {
  browser = await browsePanel(granted, { executablePath: withPolicy({ anchors: anchors() }) });
  const tab = await show(`${site.origin}/dan-di.pdf`);
  const before = site.requests.length;
  const page = await menu("page", { pageUrl: tab.url }, tab);
  await page.getByText("Địa chỉ này nay dẫn sang nơi khác").waitFor();
  assert.equal(await word(page).count(), 0);
  assert.deepEqual(site.requests.slice(before), ["/dan-di.pdf"]);
  assert.deepEqual(await browser.badge(tab.id), ["", "Kyso"]);
  // Another one's result is said to be of the copy.
  const other = await show(`${site.origin}/kem-bang-chung.pdf`);
  const checked = await menu("page", { pageUrl: other.url }, other);
  await checked.getByText("Kết quả là của bản vừa tải lại.").waitFor();
  await badgeOf(other, "✓");
  // And the copy can be looked at: the very bytes, as a PDF and nothing else.
  const copy = checked.evaluate(() => new Promise((resolve) => {
    globalThis.open = async (url, ...how) => {
      const blob = await (await fetch(url)).blob();
      const sum = [...new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()))].map((b) => b.toString(16).padStart(2, "0")).join("");
      resolve([blob.type, sum, ...how]);
    };
  }));
  await checked.getByRole("button", { name: "Mở bản vừa kiểm tra" }).click();
  const sum = createHash("sha256").update(file("kem-bang-chung.pdf").data).digest("hex");
  assert.deepEqual(await copy, ["application/pdf", sum, "_blank", "noopener"]);
});

test("what cannot be had is said, with what to do", async () => {
  forgiven = [/410/, /net::ERR_FAILED/, /CORS/];
  browser = await browsePanel(granted);
  const tab = await show(`${site.origin}/`);
  for (const [path, said] of [["/dang-nhap.pdf", /không trả lại tệp PDF/], ["/het-han.pdf", /chỉ dùng được một lần, đã hết hạn, hoặc cần đăng nhập\.? \(HTTP 410\)/]]) {
    const page = await menu("link", { linkUrl: site.origin + path, pageUrl: tab.url }, tab);
    await page.locator("#source .failure").waitFor();
    assert.match(await page.locator("#source").innerText(), said);
    assert.match(await page.locator("#source").innerText(), /thả vào trang kiểm tra/);
    assert.equal(await page.locator("article").count(), 0);
    await page.close();
  }
  const page = await menu("link", { linkUrl: "blob:http://127.0.0.1/x", pageUrl: tab.url }, tab);
  assert.equal(page.url(), own("verify.html")); // for dropping
  await page.locator("#drop").waitFor();
});

test("another site's document is asked for first, and its address is not used up", async () => {
  browser = await browsePanel(plain);
  await browser.page.goto(`${site.origin}/`);
  const [tab] = await browser.worker.evaluate(() => chrome.tabs.query({}));
  const before = site.requests.length;
  const page = await menu("link", { linkUrl: `${site.origin}/ky.pdf`, pageUrl: "https://noi-khac.test/" }, tab);
  await page.getByRole("button", { name: `Cho phép đọc từ ${site.origin}` }).waitFor();
  assert.deepEqual(site.requests.slice(before), []);
  await page.close();
  // A site that the browser cannot be asked for.
  const other = await menu("link", { linkUrl: "http://noi-khac.test/a.pdf", pageUrl: site.origin }, tab);
  await other.getByText("Trình duyệt chưa cho phép Kyso đọc tệp từ trang web này.").waitFor();
  assert.equal(await other.getByRole("button", { name: /Cho phép/ }).count(), 0);
});

test("a file that the browser does not let us read is to be dropped", async () => {
  forgiven = [/Not allowed to load local resource/];
  browser = await browsePanel(variant("no-files", (m) => delete m.host_permissions));
  const page = await browser.context.newPage();
  await page.goto(own(`verify.html#${new URLSearchParams({ url: `file://${join(build, "ky.pdf")}` })}`));
  await page.getByText("Cho phép truy cập vào các URL của tệp").waitFor();
  await drop(page, "body", [file("ky.pdf")]);
  await word(page).waitFor();
});

test("downloads of a chosen site are checked by themselves, of others not", async () => {
  forgiven = [/410/];
  browser = await browsePanel(watching, { executablePath: withPolicy({ anchors: anchors(), checkDownloads: [site.origin] }) });
  const session = await browser.context.newCDPSession(browser.page);
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: scratch("downloads") });
  await browser.page.goto(`${site.origin}/`);
  const notified = () => browser.worker.evaluate(() => new Promise((resolve) => chrome.notifications.getAll((all) => resolve(Object.keys(all).length))));
  const checks = () => browser.worker.evaluate(async () => (await chrome.storage.local.get("checks")).checks ?? []);
  const download = async (path, from = site.origin) => {
    const n = (await checks()).length;
    await browser.page.evaluate((url) => {
      const link = document.createElement("a");
      [link.href, link.download] = [url, ""];
      document.body.append(link);
      link.click();
    }, from + path);
    return { checked: () => until(async () => (await checks()).length > n && (await checks())[0], `the check of ${path}`) };
  };
  const badge = async () => (await browser.badge(undefined))[0];

  const passed = await (await download("/tai-hop-le.pdf")).checked();
  assert.deepEqual([passed.name, passed.outcome, passed.site, passed.download], ["tai-hop-le.pdf", "TOTAL-PASSED", site.origin, true]);
  await until(async () => (await badge()) === "1", "the number"); // never a tick: it stands beside every page
  await until(notified, "a notification");

  const changed = await (await download("/tai-bi-sua.pdf")).checked();
  assert.equal(changed.outcome, "TOTAL-FAILED");
  await until(async () => (await badge()) === "✗", "the sign");
  const once = await (await download("/tai-mot-lan.pdf")).checked();
  assert.deepEqual([once.outcome, once.trouble], ["unchecked", "refused"]);
  const other = await (await download("/tai-doi-khac.pdf")).checked();
  assert.deepEqual([other.outcome, other.trouble], ["unchecked", "different"]);
  const moved = await (await download("/tai-dan-di.pdf")).checked();
  assert.deepEqual([moved.outcome, moved.trouble], ["unchecked", "moved"]);
  assert.equal(await badge(), "✗"); // the worst

  // The list is in the popup, and has been seen then.
  const popup = await browser.context.newPage();
  await popup.goto(own("popup.html"));
  await popup.getByText("Tệp đã kiểm tra (5)").click();
  const list = await popup.locator("#checks").innerText();
  assert.match(list, /\? Chưa kiểm tra được\s+tai-doi-khac\.pdf[^]*Tải lại thì được tệp khác/);
  assert.match(list, /\? Chưa kiểm tra được\s+tai-mot-lan\.pdf/);
  assert.match(list, /✗ Không hợp lệ\s+tai-bi-sua\.pdf/);
  assert.match(list, /✓ Hợp lệ\s+tai-hop-le\.pdf[^]*theo bản tải lại/);
  await until(async () => (await badge()) === "", "the icon as it was");
  await popup.getByRole("button", { name: "Xóa danh sách" }).click();
  await popup.getByText("Tệp đã kiểm tra (0)").waitFor();
  assert.equal(await browser.worker.evaluate(() => chrome.offscreen.hasDocument()), false); // nothing is kept running

  // Another site's are left alone: the checked one after it proves that it had its time.
  const before = site.requests.length;
  const stranger = await serveDocuments((_, __, response) => (sendFile(response, "ky.pdf", { "Content-Disposition": "attachment" }), true));
  try {
    await browser.page.goto(`${stranger.origin.replace("127.0.0.1", "localhost")}/x.pdf`).catch(() => undefined); // becomes a download
    await until(() => stranger.requests.length, "the other download");
    await browser.page.goto(`${site.origin}/`);
    await (await download("/tai-hop-le.pdf")).checked();
    assert.deepEqual((await checks()).map((c) => c.site), [site.origin]);
    assert.deepEqual(stranger.requests, ["/x.pdf"]);
  } finally {
    await stranger.close();
  }
  assert.ok(site.requests.length > before);
});

test("whoever has taken over a page's process, and our script there, reads nothing kept, fetches nothing and stirs nobody", async () => {
  browser = await browsePanel(granted);
  const tab = await show(`${site.origin}/`);
  const options = await browser.context.newPage();
  await options.goto(own("options.html"));
  await options.getByRole("button", { name: "Thêm trang" }).waitFor();
  await options.getByText("chưa nối được").waitFor();
  await options.evaluate(() => {
    const { sendMessage } = chrome.runtime;
    window.asked = 0;
    chrome.runtime.sendMessage = (...all) => (window.asked++, sendMessage(...all));
  });
  await browser.worker.evaluate(() => chrome.offscreen.createDocument({ url: "checker.html", reasons: ["WORKERS"], justification: "a test" }));
  const before = site.requests.length;
  const told = await browser.worker.evaluate(async ([tabId, url]) => {
    const [{ result }] = await chrome.scripting.executeScript({
      target: { tabId }, args: [url],
      func: async (url) => {
        chrome.runtime.connect({ name: "checker" }).postMessage({ url, final: true, size: -1, anchors: [] });
        const kept = await chrome.storage.local.get().then(() => "read", () => "refused");
        const written = await chrome.storage.local.set({ personSites: ["https://evil.example"] }).then(() => "written", () => "refused");
        await chrome.runtime.sendMessage({ type: "told", what: "agent" }).catch(() => {});
        return [kept, written, await chrome.runtime.sendMessage({ type: "settings" }).then((answer) => answer?.ok ?? "nothing", () => "nothing")];
      },
    });
    return result;
  }, [tab.id, `${site.origin}/ky.pdf`]);
  assert.deepEqual(told, ["refused", "refused", "nothing"]);
  assert.equal(await options.evaluate(() => window.asked), 0);
  // The background itself is heard by both, later than the script.
  const { outcome } = await browser.worker.evaluate((url) => new Promise((resolve) => {
    const port = chrome.runtime.connect({ name: "checker" });
    port.onMessage.addListener((m) => m.type === "done" && resolve(m.result));
    port.postMessage({ url, final: true, size: -1, anchors: [] });
  }), `${site.origin}/bi-sua.pdf`);
  assert.equal(outcome, "TOTAL-FAILED");
  assert.deepEqual(site.requests.slice(before), ["/bi-sua.pdf"]);
  await browser.worker.evaluate(() => chrome.runtime.sendMessage({ type: "told", what: "agent" }).catch(() => {}));
  await until(() => options.evaluate(() => window.asked > 0), "the options to ask again");
});

test("the popup, where Kyso is not installed", async () => {
  browser = await browsePanel(granted);
  const tab = await show(`${site.origin}/`);
  const popup = await browser.context.newPage();
  await popup.setViewportSize({ width: 400, height: 900 });
  await popup.goto(`${own("popup.html")}#${tab.id}`);
  await popup.getByText("Chưa nối được với Kyso trên máy này").waitFor();
  await popup.getByText(/Để ký, máy cần có chương trình Kyso/).waitFor();
  await popup.getByText("Đã cài Kyso mà vẫn thấy dòng này?").click();
  await popup.getByText(/Snap hoặc Flatpak/).waitFor();
  assert.match(await popup.locator("#site").innerText(), new RegExp(`${site.origin}\\s+Trang này chưa được phép dùng Kyso\\.`));
  assert.equal(await popup.getByRole("button", { name: "Cho phép trang này" }).count(), 0); // who would allow it cannot be asked
  await popup.screenshot({ path: join(folder, "popup-chua-cai.png"), fullPage: true });
  // The button of the popup itself.
  const opened = browser.context.waitForEvent("page");
  await browser.page.goto(`${site.origin}/bi-sua.pdf`, { waitUntil: "commit" });
  await popup.reload();
  await popup.getByRole("button", { name: "Kiểm tra chữ ký trong tài liệu này" }).click();
  const page = await opened;
  await word(page).waitFor();
  assert.equal(await word(page).innerText(), "✗ Không hợp lệ");
});

test("the options: language, review, sites and downloads; what is managed is shown as such", async () => {
  browser = await browsePanel(granted, { executablePath: withPolicy({ review: "never", checkDownloads: [site.origin] }) });
  const options = await browser.context.newPage();
  await options.goto(own("options.html"));
  await options.getByRole("heading", { name: "Tùy chọn của Kyso" }).waitFor();
  const review = options.getByRole("group", { name: "Xem tài liệu trước khi ký" });
  await review.getByText("Do quản trị viên đặt").waitFor();
  assert.ok(await review.getByRole("radio", { name: "Không xem trước" }).isChecked());
  assert.ok(await review.getByRole("radio", { name: "Luôn xem trước" }).isDisabled());
  assert.match(await options.locator("#downloads").innerText(), new RegExp(`${site.origin}[^]*Do quản trị viên đặt`));
  await options.screenshot({ path: join(folder, "tuy-chon.png"), fullPage: true });
  await options.getByRole("radio", { name: "English" }).check();
  await options.getByRole("heading", { name: "Options of Kyso" }).waitFor();
  await options.getByText("Saved.").waitFor();
  assert.equal(await options.getAttribute("html", "lang"), "en");
  // The page that checks speaks it too.
  const page = await browser.context.newPage();
  await page.goto(own("verify.html"));
  await page.getByRole("heading", { level: 1, name: "Check digital signatures" }).or(page.locator("html[lang=en]")).first().waitFor();
});

test("names and roles, and contrast in light and dark", async () => {
  browser = await browsePanel(granted);
  const tab = await show(`${site.origin}/bi-sua.pdf`);
  const pages = [];
  const open = async (url) => {
    const page = await browser.context.newPage();
    await page.goto(url);
    pages.push(page);
    return page;
  };
  const popup = await open(`${own("popup.html")}#${tab.id}`);
  await popup.getByText("Chưa nối được").first().waitFor();
  const options = await open(own("options.html"));
  await options.getByRole("button", { name: "Thêm trang" }).waitFor();
  const checked = await menu("page", { pageUrl: tab.url }, tab);
  pages.push(checked);
  await word(checked).waitFor();
  for (const page of pages) {
    const nameless = await page.evaluate(() => [...document.querySelectorAll("button, a[href], input, select, summary, progress, img:not([alt])")].filter((e) => e.checkVisibility())
      .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.labels?.length)).map((e) => e.outerHTML));
    assert.deepEqual(nameless, [], page.url());
    const snapshot = await page.locator("body").ariaSnapshot();
    assert.match(snapshot, /heading .*\[level=1\]/);
    assert.match(snapshot, /heading .*\[level=2\]/);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await page.evaluate(poorContrast), [], `${page.url()} ${colorScheme}`);
    }
    await page.screenshot({ path: join(folder, `toi-${pages.indexOf(page)}.png`), fullPage: true });
  }
  // The keyboard reaches the verdict, which has the focus by itself.
  assert.equal(await checked.evaluate(() => document.activeElement.id), "results-title");
});
