// The review page of the extension in a real Chromium. review.mjs plays the
// agent.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { until } from "./direct.mjs";
import { hostile, pdf } from "./papers.mjs";
import { about, browseExtension, id, openReview, startReview } from "./review.mjs";
import { build, peakMemory, prepareExtension, root } from "./support.mjs";

let browser, agent, page;

before(async () => {
  prepareExtension();
  browser = await browseExtension();
});
after(() => browser.close());

async function open(documents, options) {
  agent = await startReview(documents, options);
  page = await openReview(browser, agent);
  await page.locator("#origin").waitFor();
}

// Whatever a test did: nothing in the console, no breach of the policy, and
// nothing asked for but the extension's own files.
afterEach(async () => {
  const violations = page.isClosed() ? [] : await page.evaluate(() => window.violations);
  await page.close();
  await agent?.close();
  agent = undefined;
  assert.deepEqual(violations, []);
  assert.deepEqual(browser.complaints.splice(0), []);
  const foreign = browser.asked.splice(0).filter(({ url }) => !url.startsWith(`chrome-extension://${id}/`) && !/^(blob|data):/.test(url));
  assert.deepEqual(foreign, []);
});

const confirm = () => page.getByRole("button", { name: "Tiếp tục ký" });
const refuse = () => page.getByRole("button", { name: "Từ chối" });
const ready = () => page.locator("#confirm:enabled").waitFor();
const drawn = (n = 1) => page.locator(`.page[data-page="${n}"] canvas`).waitFor();
const stamp = () => page.locator(".stamp");
const shot = (name) => page.screenshot({ path: join(build, `${name}.png`) });
const near = (got, want, by, what) => assert.ok(Math.abs(got - want) <= by, `${what}: ${got}, want ${want}`);
const numbers = (frame) => frame.place.split(",").map(Number);
/** The last place that was sent, once it is there. */
const placed = (n) => until(() => agent.of("place").length >= n && agent.of("place").at(-1), `place ${n}`);

test("what is to be signed is shown, and confirmed once it has been read", async () => {
  await open([about("Công văn 127.pdf", pdf({ pages: [{ text: "Cong van 127" }, {}] }), { pages: 2, notices: [{ vi: "Ký sau cơ quan.", en: "x" }] })]);
  await ready();
  assert.equal(await page.title(), "Xem lại trước khi ký – Kyso");
  const text = await page.locator("body").innerText();
  for (const one of ["https://eoffice.bo-mau.gov.vn", "Nguyễn Văn Thử, Bộ Mẫu", "CA phục vụ cơ quan nhà nước, có hạn đến 01/05/2028", "B-T: có dấu thời gian",
    "Chữ ký của người có thẩm quyền", "Công văn 127.pdf", "2 trang", "Ký sau cơ quan.", "trang 1, tại vị trí đã chọn", "Tài liệu chưa có chữ ký số nào."]) {
    assert.ok(text.includes(one), `${one} is not shown in ${text}`);
  }
  const own = await page.locator(".compare .words").allInnerTexts();
  assert.deepEqual(own, [agent.documents[0].words, agent.documents[0].words]);
  assert.match(await page.locator('.page[data-page="1"] .page-text').textContent(), /Cong van 127/);
  // Escape asks nothing and refuses nothing.
  await page.keyboard.press("Escape");
  await confirm().focus();
  await page.keyboard.press("Escape");
  assert.deepEqual([...agent.of("refuse"), ...agent.of("confirm")], []);
  await confirm().click();
  await page.getByRole("heading", { name: "Mời xem cửa sổ Kyso và so các từ" }).waitFor();
  assert.equal(await page.locator(".asking .words").innerText(), agent.documents[0].words);
  await confirm().waitFor({ state: "hidden" });
  assert.ok(!(await refuse().isVisible()));
  agent.say({ type: "ended", outcome: "signed" });
  await page.getByText("Đã ký xong.").waitFor();
  await until(() => page.isClosed(), "the page to close itself");
});

test("refusing", async () => {
  await open([about("a.pdf", pdf({ pages: [{}] }))]);
  await refuse().click();
  await page.getByText("Đã từ chối. Không có gì được ký.").waitFor();
  assert.equal(agent.of("refuse").length, 1);
  assert.equal(agent.of("confirm").length, 0);
});

test("the mouse moves and sizes the stamp", async () => {
  await open([about("a.pdf", pdf({ pages: [{}] }))]);
  await ready();
  await stamp().scrollIntoViewIfNeeded();
  const sheet = await page.locator('.page[data-page="1"]').boundingBox();
  const scale = sheet.width / 595;
  const box = await stamp().boundingBox();
  near(box.x - sheet.x, 350 * scale, 2.5, "left");
  near(sheet.y + sheet.height - box.y - box.height, 120 * scale, 2.5, "bottom");
  near(box.width, 130 * scale, 2.5, "width");
  await page.mouse.move(box.x + 40, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x, box.y, { steps: 5 });
  assert.ok(await confirm().isDisabled(), "a stamp in the air is confirmed");
  await page.mouse.move(box.x + 40 - 120, box.y + 20 - 60, { steps: 5 });
  await page.mouse.up();
  const [n, x, y, w, h] = numbers(await placed(1));
  assert.deepEqual([n, w, h], [1, 130, 60]);
  near(x, 350 - 120 / scale, 0.6, "x");
  near(y, 120 + 60 / scale, 0.6, "y");
  await ready();
  await page.getByText(/Đã đặt hình chữ ký: trang 1/).waitFor({ state: "attached" });

  const corner = await page.locator(".handle.se").boundingBox();
  await page.mouse.move(corner.x + 7, corner.y + 7);
  await page.mouse.down();
  await page.mouse.move(corner.x + 7 - 50, corner.y + 7 - 10, { steps: 5 });
  await page.mouse.up();
  const sized = numbers(await placed(2));
  near(sized[3], 130 - 50 / scale, 0.6, "width");
  near(sized[3] / sized[4], 130 / 60, 0.01, "proportions");
  near(sized[1], x, 0.02, "left edge");
  near(sized[2] + sized[4], y + 60, 0.02, "top edge");

  await page.getByRole("button", { name: "Đưa về chỗ ban đầu" }).click();
  assert.equal((await placed(3)).place, "1,350,120,130,60");
  await ready();
  assert.ok(!(await page.getByRole("button", { name: "Đưa về chỗ ban đầu" }).isVisible()));
});

test("the keyboard moves and sizes the stamp, also to another page", async () => {
  await open([about("a.pdf", pdf({ pages: [{}, { width: 842, height: 595 }] }), { pages: 2 })]);
  await ready();
  await stamp().focus();
  for (const key of ["ArrowLeft", "ArrowLeft", "Shift+ArrowUp", "ArrowDown", "Shift+ArrowRight"]) await page.keyboard.press(key);
  assert.equal((await placed(1)).place, "1,358,129,130,60");
  assert.equal(agent.of("place").length, 1, "several keys, one question");
  await ready();
  await page.keyboard.press("+");
  assert.equal((await placed(2)).place, "1,358,129,136.5,63");
  await ready();
  await page.keyboard.press("Control+ArrowLeft");
  assert.equal((await placed(3)).place, "1,358,129,130,60");
  await ready();
  await page.keyboard.press("PageDown");
  assert.equal((await placed(4)).place, "2,358,129,130,60");
  await ready();
  assert.equal(await stamp().evaluate((e) => e.closest(".page").dataset.page), "2");
  assert.ok(await stamp().evaluate((e) => e === document.activeElement), "the focus stays with the stamp");
  assert.match(await stamp().getAttribute("aria-label"), /^trang 2, cách mép trái 126,3 mm, cách mép dưới 45,5 mm, rộng 45,9 mm, cao 21,2 mm$/);

  await page.getByLabel("Cách mép trái (mm)").fill("20");
  await page.keyboard.press("Tab");
  assert.equal((await placed(5)).place, "2,56.69,129,130,60"); // 20 mm are 56.69 points
  await page.locator("#stamp-page").fill("1");
  await page.keyboard.press("Tab");
  assert.equal((await placed(6)).place, "1,56.69,129,130,60");
});

test("turned, cut and enlarged pages", async () => {
  // Shown: 600 wide and 500 high; 500 x 300 twice as large.
  const data = pdf({ pages: [{ width: 600, height: 800, crop: [50, 100, 550, 700], rotate: 90 }, { width: 250, height: 150, user: 2 }] });
  await open([about("a.pdf", data, { pages: 2, spot: { page: 1, x: 10, y: 20, w: 100, h: 50 } })]);
  await ready();
  const sheet = await page.locator('.page[data-page="1"]').boundingBox();
  near(sheet.width / sheet.height, 600 / 500, 0.01, "shape");
  const scale = sheet.width / 600;
  await stamp().scrollIntoViewIfNeeded();
  const [where, box] = [await page.locator('.page[data-page="1"]').boundingBox(), await stamp().boundingBox()];
  near(box.x - where.x, 10 * scale, 2.5, "left");
  near(where.y + where.height - box.y - box.height, 20 * scale, 2.5, "bottom");
  near(box.width, 100 * scale, 2.5, "width");
  await stamp().focus();
  await page.keyboard.press("PageDown");
  assert.equal((await placed(1)).place, "2,10,20,100,50");
  await drawn(2);
  const second = await page.locator('.page[data-page="2"]').boundingBox();
  near(second.width / scale, 500, 1, "an enlarged page's width in points");
});

test("the agent's word about a place counts", async () => {
  const error = { code: "STAMP_PROBLEM", message: { vi: "Khung nhỏ hơn hình chữ ký.", en: "x" }, remedy: { vi: "Chọn khung lớn hơn.", en: "y" } };
  await open([about("a.pdf", pdf({ pages: [{}] }))], { place: ({ x, ...spot }) => (x < 349 ? { error } : { ...spot, x: x + 5 }) });
  await ready();
  await stamp().focus();
  await page.keyboard.press("Shift+ArrowLeft");
  await page.getByText("Khung nhỏ hơn hình chữ ký.").waitFor();
  assert.equal(await page.getByRole("alert").filter({ hasText: "Không đặt được hình chữ ký ở đây." }).count(), 1);
  await ready();
  assert.match(await stamp().getAttribute("aria-label"), /cách mép trái 123,5 mm/); // 350 points, as before
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelector(".stamp").getAttribute("aria-label").includes("cách mép trái 125,6 mm")); // 356 points
  assert.ok(!(await page.getByText("Khung nhỏ hơn hình chữ ký.").isVisible()));
});

test("other bytes than those to be signed cannot be confirmed", async () => {
  const data = pdf({ pages: [{ text: "Mot trieu" }] });
  const other = Buffer.from(data);
  other[other.indexOf("Mot trieu")] ^= 1;
  await open([about("a.pdf", data, { data: other })]);
  await page.getByRole("heading", { name: "Từ đối chiếu" }).waitFor();
  await page.locator("#state.bad").waitFor();
  assert.match(await page.locator(".compare").innerText(), /✗ Tài liệu đang xem KHÁC với tài liệu Kyso sắp ký/);
  await drawn();
  assert.ok(await confirm().isDisabled());
  await page.evaluate(() => {
    const button = document.getElementById("confirm");
    button.disabled = false;
    button.click();
  });
  const own = await page.locator(".compare .words").allInnerTexts();
  assert.notEqual(own[0], own[1]);
  assert.equal(await page.locator(".compare .words").first().evaluate((e) => getComputedStyle(e).color), "rgb(160, 20, 35)");
  await shot("xem-lai-khac-tu");
  await refuse().click();
  await page.getByText("Đã từ chối.").waitFor();
  assert.equal(agent.of("confirm").length, 0);
});

test("a batch of three: one open at a time, all read before it is confirmed", async () => {
  const names = ["Quyết định 15.pdf", "Tờ trình 16.pdf", "Phụ lục 17.pdf"];
  let held;
  await open(names.map((name, i) => about(name, pdf({ pages: [{ text: `Document ${i + 1}` }] }))), {
    review: { profiles: ["personal", "agency"], leftOut: [{ name: "hong.pdf", message: { vi: "Tệp bị hỏng.", en: "Damaged." } }] },
    answer: (one, { socket }) => {
      if (one.type !== "read" || one.document !== 2 || held === "free") return false;
      held ??= () => (held = "free", agent.cut());
      return true;
    },
  });
  await drawn();
  await page.getByText("Đang đọc để đối chiếu: 2 trên 3 tài liệu").waitFor();
  assert.ok(await confirm().isDisabled(), "confirmed before the last was read");
  await until(() => held, "the last document's read");
  held(); // the connection breaks, and the read is asked for again
  await ready();
  await page.getByText("Không ký được (1)").click();
  await page.getByText("Tệp bị hỏng.").waitFor();

  await page.getByLabel("Lọc theo tên").fill("to trinh");
  await page.getByText("1 trên 3 tài liệu").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Nội dung: Tờ trình 16.pdf" }).waitFor();
  await page.locator(".page-text", { hasText: "Document 2" }).waitFor({ state: "attached" });
  assert.equal(await page.locator(".page").count(), 1);
  await ready();

  await page.getByLabel("Ký với tư cách").selectOption("agency");
  const changed = await placed(1);
  assert.deepEqual([changed.document, changed.place, changed.profile], [-1, "auto", "agency"]);
  await page.locator("#who dd", { hasText: "Chữ ký của cơ quan, tổ chức (dấu)" }).waitFor();
  await ready();
  await page.getByRole("button", { name: "Đặt như vậy ở mọi tài liệu" }).click();
  const all = await placed(2);
  assert.deepEqual([all.document, all.place], [-1, "1,50,700,130,60"]);
  await ready();
  await confirm().click();
  await page.getByRole("heading", { name: /Mời xem cửa sổ Kyso/ }).waitFor();
  assert.deepEqual(await page.locator(".asking .words").allInnerTexts(), agent.documents.map((one) => one.words));
});

test("a stamp without a place is put on the page shown", async () => {
  await open([about("a.pdf", pdf({ pages: [{}, {}] }), { pages: 2, spot: null, stamp: null })], {
    answer: (one, { say }) => one.type === "confirm" && !agent.documents[0].spot && (say({ type: "error", error: { code: "NO_PLACE", message: { vi: "Chưa có chỗ đặt.", en: "x" }, remedy: { vi: "", en: "" } } }), true),
  });
  await page.getByText("Chưa có chỗ cho hình chữ ký trên tài liệu này.").waitFor();
  await ready();
  await confirm().click();
  await page.getByText("Chưa có chỗ đặt.", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Đặt ở trang đang xem" }).click();
  const [n, x, , w] = numbers(await placed(1));
  assert.equal(n, 1);
  near(w, 127.56, 0.01, "45 mm");
  near(x, (595 - 127.56) / 2, 0.02, "the middle");
  await stamp().waitFor();
});

test("everything has a name for screen readers", async () => {
  await open(["Một.pdf", "Hai.pdf"].map((name) => about(name, pdf({ pages: [{}] }))));
  await ready();
  await stamp().waitFor();
  const session = await browser.context.newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const found = nodes.filter((one) => !one.ignored).map((one) => ({ role: one.role?.value, name: one.name?.value ?? "" }));
  const interactive = new Set(["button", "textbox", "searchbox", "spinbutton", "combobox", "MenuListPopup", "listbox", "option", "link", "application", "image", "img", "region", "progressbar"]);
  assert.deepEqual(found.filter(({ role, name }) => interactive.has(role) && !name), []);
  const has = (role, name) => assert.ok(found.some((one) => one.role === role && name.test(one.name)), `no ${role} ${name} in ${JSON.stringify(found.filter((one) => one.role === role))}`);
  has("button", /^Tiếp tục ký$/);
  has("button", /^Từ chối$/);
  has("button", /^Phóng to$/);
  has("searchbox", /^Lọc theo tên$/);
  has("option", /^1\. Một\.pdf/);
  has("spinbutton", /^Rộng \(mm\)$/);
  has("spinbutton", /^Trang đang xem$/);
  has("application", /^trang 1, cách mép trái 123,5 mm/);
  has("heading", /^Xem lại trước khi ký$/);
  has("heading", /^Nội dung: Một\.pdf$/);
  assert.ok(found.some(({ role, name }) => /^(image|img|canvas)$/i.test(role) && name === "Trang 1 trên 1"), "the page has no name");
  // The keyboard reaches everything, and no id stands twice.
  const reached = new Set();
  await page.locator("body").focus();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.getAttribute("role") || document.activeElement.textContent));
  }
  for (const one of ["filter", "option", "stamp-left", "pages", "stamp", "confirm", "refuse"]) assert.ok([...reached].some((r) => r === one || r.startsWith(one)), `Tab does not reach ${one}: ${[...reached]}`);
  const ids = await page.evaluate(() => [...document.querySelectorAll("[id]")].map((one) => one.id));
  assert.equal(new Set(ids).size, ids.length);
});

test("a hostile document does nothing", async () => {
  const asked = [];
  const server = createServer((request, response) => void (asked.push(request.url), response.end()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}`;
  await open([about("hostile.pdf", hostile(address))]);
  await ready();
  page.on("dialog", (dialog) => (asked.push(dialog.message()), dialog.dismiss()));
  await drawn();
  const before = browser.context.pages().length;
  const box = await page.locator('.page[data-page="1"]').boundingBox();
  for (const y of [60, 150, 300]) await page.mouse.click(box.x + box.width / 2, box.y + y);
  await page.locator('.page[data-page="1"]').press("Enter").catch(() => undefined);
  assert.equal(await page.locator(".pages a, .pages input, .pages button, .pages iframe, .pages script").count(), 0);
  await confirm().click(); // a round trip, after which anything would have happened
  await page.getByRole("heading", { name: /Mời xem cửa sổ Kyso/ }).waitFor();
  assert.deepEqual(asked, []);
  assert.equal(browser.context.pages().length, before);
  assert.match(page.url(), /review\.html#/);
  await new Promise((resolve) => server.close(resolve));
});

test("pages of monstrous sizes are drawn, and make no specks of others", async () => {
  // A browser draws nothing on a canvas with a side of more than 65535.
  await open([about("a.pdf", pdf({ pages: [{ width: 200, height: 190_000 }, { text: "Hai" }, { width: 900_000, height: 800 }] }), { pages: 3, spot: null, stamp: null })]);
  await drawn();
  const { sides, dark } = await page.locator('.page[data-page="1"] canvas').evaluate((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, Math.min(height, 200)); // where the word stands
    return { sides: [width, height], dark: data.some((v, i) => i % 4 === 0 && v < 200 && data[i + 3] > 0) };
  });
  assert.ok(Math.max(...sides) <= 16_384, sides.join());
  assert.ok(dark, "nothing is drawn");
  await page.locator("#page-field").fill("3");
  await page.locator("#page-field").press("Enter");
  await drawn(3);
  await page.locator("#page-field").fill("2");
  await page.locator("#page-field").press("Enter");
  await drawn(2);
  const { width } = await page.locator('.page[data-page="2"]').boundingBox();
  assert.ok(width > 150, `${width} px`);
  await ready();
});

test("pages that Kyso counts otherwise are told of", async () => {
  await open([about("a.pdf", pdf({ pages: [{}, {}] }), { pages: 7 })]);
  await drawn();
  await page.getByText("Kyso đếm được 7 trang, còn ở đây thấy 2 trang").waitFor();
  await ready();
});

test("a document that keeps its worker busy for ever does not keep others from being shown", async () => {
  await open([about("a.pdf", pdf({ pages: [{}] })), about("b.pdf", pdf({ pages: [{ text: "Ban hai" }] }))]);
  await drawn();
  // A busy worker hears nothing, nor that it is to end.
  await page.evaluate(() => {
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message?.action !== "Terminate") postMessage.call(this, message, ...rest);
    };
  });
  await page.getByRole("option", { name: /b\.pdf/ }).click();
  await page.locator(".page-text").getByText("Ban hai").waitFor({ state: "attached" });
  await ready();
});

test("the review page reaches the agent and nobody else", async () => {
  const asked = [];
  const server = createServer((request, response) => void (asked.push(request.url), response.writeHead(200, { "Access-Control-Allow-Origin": "*" }).end()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  await open([about("a.pdf", pdf({ pages: [{}] }))]);
  await ready();
  const address = `http://127.0.0.1:${server.address().port}/x`;
  assert.equal(await page.evaluate((address) => fetch(address, { mode: "no-cors" }).then(() => "had", () => "refused"), address), "refused");
  assert.deepEqual(asked, []);
  assert.deepEqual(await page.evaluate(() => window.violations.splice(0)), [`connect-src ${address}`]);
  browser.complaints.splice(0);
  browser.asked.splice(0);
  await new Promise((resolve) => server.close(resolve));
});

test("earlier signatures have their verdict, and no kinder word", async () => {
  const files = join(build, "review", "documents");
  execFileSync("go", ["run", "./testdata/eoffice/e2e/fixtures", "-out", files, "-large", "100000"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const signed = (name, more) => about(name, readFileSync(join(files, name)), { signatures: 1, ...more });
  const documents = () => [signed("ky.pdf"), signed("bi-sua.pdf", { broken: 1 })];
  await open(documents());
  await ready();
  const earlier = page.locator("#earlier");
  await earlier.getByText("Chưa đủ căn cứ để kết luận").first().waitFor();
  await earlier.getByText("Kho tin cậy của Kyso trên máy này chưa có chứng thư số gốc nào").waitFor();
  for (const field of ["Người ký", "Cơ quan, tổ chức quản lý", "Thời gian ký", "Nguyễn Văn Thử"]) assert.ok((await earlier.innerText()).includes(field), field);
  assert.doesNotMatch(await earlier.innerText(), /✓|(?<!không )hợp lệ|không bị thay đổi/i);
  await page.getByRole("option", { name: /bi-sua/ }).click();
  await earlier.getByText("Không hợp lệ", { exact: true }).first().waitFor();
  assert.match(await earlier.innerText(), /✗ CẢNH BÁO: 1 chữ ký không còn hợp lệ/);
  assert.doesNotMatch(await earlier.innerText(), /✓|Không có thay đổi/);
  await page.close();
  await agent.close();
  // With the root, the agent's or the administrator's, the signer is known to it,
  // and only the revocation is not. A certificate that is damaged takes nothing away.
  const der = readFileSync(join(files, "goc.crt")).toString("base64");
  for (const given of [{ anchors: [{ name: "goc", der }, { name: "hong", der: "AAAA" }] }, { managed: [{ name: "goc", certificate: der }] }]) {
    agent = await startReview(documents());
    page = await openReview(browser, agent, given);
    await page.locator("#earlier").getByText("tài liệu không kèm thông tin thu hồi").waitFor();
    assert.doesNotMatch(await page.locator("#earlier").innerText(), /✓|(?<!không )hợp lệ|chưa có chứng thư số gốc/i);
    if (given.anchors) {
      await page.close();
      await agent.close();
    }
  }
});

test("a document that cannot be drawn is said to be so, and may still be signed", async () => {
  await open([about("a.pdf", Buffer.from("%PDF-1.7\nnothing that pdf.js could show\n%%EOF\n"), { pages: 0, spot: null, stamp: null })], { review: { canPlace: false } });
  await page.getByText("Không hiển thị được tài liệu này ở đây.").waitFor();
  await ready();
  browser.complaints.splice(0); // pdf.js says what it found
});

test("no ticket, no agent, a strange agent", async () => {
  await open([about("a.pdf", pdf({ pages: [{}] }))]);
  await ready();
  agent.say({ type: "review", review: { origin: 1 } });
  await page.getByText("Mã: BAD_FRAME").waitFor();
  await page.close();
  page = await openReview(browser, undefined);
  await page.getByText("Yêu cầu ký không còn chờ nữa.").waitFor();
  await page.goto("about:blank");
  await page.goto(`chrome-extension://${id}/review.html`);
  await page.getByText("Trang này chỉ mở được khi có tài liệu cần xem lại trước khi ký.").waitFor();
});

test("English", async () => {
  await open([about("a.pdf", pdf({ pages: [{}] }), { notices: [{ vi: "Một", en: "One" }] })], { review: { language: "en" } });
  await ready();
  assert.equal(await page.getAttribute("html", "lang"), "en");
  const own = await page.evaluate(() => {
    const copy = document.body.cloneNode(true);
    for (const e of copy.querySelectorAll("#who dd, .words")) e.remove();
    return copy.textContent;
  });
  assert.doesNotMatch(own, /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i);
});

test("a large document opens before it is read, and is not held", async () => {
  // In a browser of its own, whose pages have held nothing yet.
  const other = await browseExtension();
  const small = await startReview([about("nho.pdf", pdf({ pages: [{}] }))]);
  let tab = await openReview(other, small);
  await tab.locator("#confirm:enabled").waitFor();
  const before = await peakMemory(other.profile);
  await tab.close();
  await small.close();
  const data = pdf({ pages: [{ text: "Large" }], padding: 160 << 20 });
  agent = await startReview([about("lon.pdf", data)]);
  tab = await openReview(other, agent);
  await tab.locator(".page canvas").waitFor();
  const drawnAfter = agent.of("read").reduce((sum, one) => sum + one.length, 0);
  await tab.locator("#confirm:enabled").waitFor({ timeout: 120_000 });
  const more = (await peakMemory(other.profile)) - before;
  const complaints = other.complaints;
  await other.close();
  page = await browser.context.newPage(); // for afterEach
  await page.addInitScript(() => (window.violations = []));
  await page.goto("about:blank");
  assert.deepEqual(complaints, []);
  assert.ok(drawnAfter < data.length / 2, `${drawnAfter} bytes were read before the page was drawn`);
  assert.ok(more < 128 << 20, `a page process grew by ${more} bytes for a document of ${data.length}`);
});
