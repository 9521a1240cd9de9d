// The citizen's page in a real Chromium.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { browse, build, dist, drop, prepare, serve } from "./support.mjs";

let server, browser, page;
const file = async (name) => ({ name, data: await readFile(join(build, name)) });
const files = (...names) => Promise.all(names.map(file));
const evidence = ["goc.crt", "cap.crl", "goc.crl"];
const verdict = (name) => page.locator("article", { has: page.getByRole("heading", { level: 3, name, exact: true }) }).locator(".word");
const shot = (name) => page.screenshot({ path: join(build, `${name}.png`), fullPage: true });

before(async () => {
  prepare();
  server = await serve(dist);
});
after(() => server.close());
beforeEach(async () => {
  browser = await browse();
  ({ page } = browser);
  await page.goto(`${server.origin}/page/`);
});
// Whatever a test did: no complaint in the console, and nothing but its own
// files was asked for, with GET.
afterEach(async () => {
  const { complaints, asked } = browser;
  await browser.close();
  assert.deepEqual(complaints, []);
  const foreign = asked.filter(({ method, url }) => method !== "GET" || !(url.startsWith(`${server.origin}/page/`) || url.startsWith(`blob:${server.origin}/`)));
  assert.deepEqual(foreign, []);
  const known = new Set(["/page/", "/page/page.js", "/page/page.css", "/page/icon.svg", "/page/worker.js", "/page/kyso.wasm"]);
  assert.deepEqual(server.requests.filter((r) => r.method !== "GET" || !known.has(r.url)), []);
});

test("a dropped document is undecided until its root is given, then valid", async () => {
  assert.equal(await page.title(), "Kiểm tra chữ ký số – Kyso");
  assert.equal(await page.getAttribute("html", "lang"), "vi");
  await page.getByText("Tệp không được gửi đi đâu").waitFor();
  await drop(page, "#drop", await files("ky.pdf"));
  assert.equal(await verdict("ky.pdf").innerText(), "? Chưa đủ căn cứ để kết luận");
  await page.getByText("Chưa có chứng thư số gốc nào").waitFor();
  assert.doesNotMatch(await page.locator("#results").innerText(), /✓|(?<!không )hợp lệ|không bị thay đổi/i);
  await page.getByText("Giá trị băm khớp, nhưng chữ ký chưa được kết luận là đạt").waitFor();
  await shot("trang-chua-ket-luan");

  await drop(page, "body", await files(...evidence));
  await verdict("ky.pdf").getByText("Hợp lệ", { exact: true }).waitFor();
  assert.equal(await verdict("ky.pdf").innerText(), "✓ Hợp lệ");
  await page.getByText("Dựa trên chứng thư số gốc bạn đã chọn tin: RootCA THỬ NGHIỆM Kyso.").waitFor();
  const shown = await page.locator("article").innerText();
  for (const field of ["Nơi cấp chứng thư số", "Người ký", "Cơ quan, tổ chức quản lý", "Thời gian ký", "Tính toàn vẹn", "Hiệu lực tại lúc ký", "Thời hạn chứng thư số"]) {
    assert.ok(shown.includes(field), `${field} is not shown`);
  }
  await shot("trang-hop-le");

  // Taking the trust back takes the verdict back.
  await page.getByRole("checkbox").uncheck();
  await verdict("ky.pdf").getByText("Chưa đủ căn cứ").waitFor();
});

test("timestamps have verdicts of their own, and what is missing is named", async () => {
  const name = "dau-thoi-gian.pdf";
  await drop(page, "#drop", await files(name));
  await verdict(name).waitFor();
  const shown = () => page.locator("article").innerText();
  assert.match(await shown(), /Dấu thời gian\s+\? \d\d\/\d\d\/\d{4} [\d:]{8}, của tài liệu \(.+\): chưa đủ căn cứ, không được tính/);
  assert.match(await shown(), /Còn thiếu\s+[^]*“Nguyễn Văn Thử” \(.*http:\/\/127\.0\.0\.1:1\/pki\//);
  await drop(page, "body", await files(...evidence));
  await verdict(name).getByText("Hợp lệ", { exact: true }).waitFor();
  assert.match(await shown(), /, của tài liệu \(.+\): đã được chứng minh/);
  assert.doesNotMatch(await shown(), /Còn thiếu/);
  await shot("trang-dau-thoi-gian");
});

test("several files at once, each with its own verdict", async () => {
  await drop(page, "#drop", await files("ky-hai-lan.pdf", "bi-sua.pdf", "thu-hoi.pdf", "cong-van.pdf", "ma-hoa.pdf", ...evidence));
  await verdict("ma-hoa.pdf").waitFor();
  assert.equal(await verdict("ky-hai-lan.pdf").innerText(), "✓ Hợp lệ");
  assert.equal(await verdict("bi-sua.pdf").innerText(), "✗ Không hợp lệ");
  assert.notEqual(await verdict("thu-hoi.pdf").innerText(), "✓ Hợp lệ");
  assert.equal(await verdict("cong-van.pdf").innerText(), "? Chưa đủ căn cứ để kết luận");
  assert.equal(await verdict("ma-hoa.pdf").innerText(), "? Chưa đủ căn cứ để kết luận");
  assert.doesNotMatch(await page.locator("article", { has: page.getByRole("heading", { name: "bi-sua.pdf" }) }).innerText(), /Không có thay đổi/);
  // No tick beside anything in a report that did not pass.
  for (const box of await page.locator("article").all()) {
    const text = await box.innerText();
    if (!text.includes("✓ Hợp lệ")) assert.doesNotMatch(text, /✓/);
  }
  await shot("trang-khong-hop-le");
});

test("broken files get a clear message, and the next file is judged", async () => {
  await drop(page, "#drop", await files("khong-phai-pdf.pdf", "cat-cut.pdf", "ky.pdf"));
  await verdict("ky.pdf").waitFor();
  await page.getByText("Tệp này không phải là tệp PDF.").first().waitFor();
  await page.getByText("Tệp PDF bị hỏng hoặc bị cắt cụt").first().waitFor();
  await shot("trang-tep-hong");
  await drop(page, "#drop", [{ name: "ghi-chu.txt", data: Buffer.from("xin chào") }]);
  await page.locator("#said").getByText("Không nhận ra tệp ghi-chu.txt").waitFor();
});

test("English", async () => {
  await drop(page, "#drop", await files("ky.pdf", ...evidence));
  await verdict("ky.pdf").waitFor();
  await page.getByRole("button", { name: "Switch to English" }).click();
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.equal(await verdict("ky.pdf").innerText(), "✓ Valid");
  await page.locator("summary").click();
  const own = await page.evaluate(() => {
    const copy = document.body.cloneNode(true);
    for (const e of copy.querySelectorAll("#language, dd, h3, h4, .file, .basis, strong, .certificate p, .material > p")) e.remove(); // names stay as they are
    return copy.textContent;
  });
  assert.doesNotMatch(own, /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i);
  await shot("page-english");
  await page.getByRole("button", { name: "Chuyển sang tiếng Việt" }).click();
  assert.equal(await verdict("ky.pdf").innerText(), "✓ Hợp lệ");
});

test("the keyboard alone is enough, and the result gets the focus", async () => {
  const focused = () => page.evaluate(() => document.activeElement.id);
  // Long before the chooser opens: the browser must know by then who answers it.
  const chosen = page.waitForEvent("filechooser");
  await page.locator("#pick").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  for (let i = 0; i < 5 && (await focused()) !== "pick"; i++) await page.keyboard.press("Tab");
  assert.equal(await focused(), "pick");
  await page.keyboard.press("Enter");
  const chooser = await chosen;
  assert.ok(chooser.isMultiple());
  await chooser.setFiles(["ky.pdf", ...evidence].map((name) => join(build, name)));
  await verdict("ky.pdf").getByText("Hợp lệ", { exact: true }).waitFor();
  await page.waitForFunction(() => document.activeElement.id === "results-title");
  assert.match(await page.locator("#said").innerText(), /ky\.pdf: Hợp lệ\./);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "print");
  for (let i = 0; i < 3 && !(await page.evaluate(() => document.activeElement.textContent.startsWith("Tải báo cáo"))); i++) await page.keyboard.press("Tab");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.equal(download.suggestedFilename(), "ky.report.json");
  const report = JSON.parse(await readFile(await download.path(), "utf8"));
  assert.deepEqual([report.file, report.verdict], ["ky.pdf", "TOTAL-PASSED"]);
});

test("cancelling ends the work, and it can be done again", async () => {
  // A document may be judged too fast to be caught in the act, so its job is
  // held back on its way to the worker.
  await page.evaluate(() => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message.type !== "verify") post.call(this, message, ...rest);
      else window.held = () => post.call(this, message, ...rest);
    };
    window.release = () => (Worker.prototype.postMessage = post);
  });
  await page.setInputFiles("#pick", join(build, "lon.pdf"));
  await page.waitForFunction(() => window.held);
  await page.getByText("Đang kiểm tra lon.pdf").waitFor();
  await page.getByRole("button", { name: "Hủy" }).click();
  await page.getByText("Đã hủy việc kiểm tra.").first().waitFor();
  await page.evaluate(() => window.release());
  await page.getByRole("button", { name: "Kiểm tra lại: lon.pdf" }).click();
  assert.equal(await verdict("lon.pdf").innerText(), "? Chưa đủ căn cứ để kết luận");
});

test("printing shows every report whole", async () => {
  await drop(page, "#drop", await files("ky.pdf", ...evidence));
  await verdict("ky.pdf").waitFor();
  await page.pdf({ path: join(build, "bao-cao.pdf"), format: "A4" });
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.locator("details").evaluate((d) => d.open));
  assert.ok(await verdict("ky.pdf").isVisible());
  assert.ok(!(await page.locator("#drop").isVisible()));
  await shot("trang-in");
});

test("on a phone nothing runs off the screen", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await drop(page, "#drop", await files("ky-hai-lan.pdf", "bi-sua.pdf", ...evidence));
  await verdict("bi-sua.pdf").waitFor();
  await page.locator("summary").first().click();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await shot("trang-dien-thoai");
});

test("text has enough contrast", async () => {
  await drop(page, "#drop", await files("ky.pdf", "bi-sua.pdf", "cong-van.pdf", "cat-cut.pdf", ...evidence));
  await verdict("cong-van.pdf").waitFor();
  const poor = await page.evaluate(() => {
    const rgb = (c) => c.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (e) => {
      for (; e; e = e.parentElement) {
        const c = rgb(getComputedStyle(e).backgroundColor);
        if (c[3] !== 0) return c;
      }
      return [255, 255, 255];
    };
    return [...document.querySelectorAll("body *")].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).flatMap((e) => {
      const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      return ratio < 4.5 ? [`${e.textContent.slice(0, 40)}: ${ratio.toFixed(2)}`] : [];
    });
  });
  assert.deepEqual(poor, []);
});
