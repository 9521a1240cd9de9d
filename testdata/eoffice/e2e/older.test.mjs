// Pages written for the incumbent's library, untouched, in Chromium with the
// extension, a real agent and token. Each ships the functions in its own way.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { until } from "./direct.mjs";
import { browseChromium, present, startWorld } from "./extension.mjs";

let world, browser, page;
before(async () => (world = await startWorld({ policy: ({ origin }) => ({ extension: { review: "never", vgcaOrigins: [origin] } }) })));
after(() => world?.close());
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

// In the incumbent's style: functions of the whole page, one socket for each call,
// the first frame that comes back is the answer. Written for this test.
const library = `
function serviceCall(method, text, callback) {
  if (!("WebSocket" in window)) { callback(JSON.stringify({ Status: 500, Message: "no WebSocket" })); return; }
  var ws = new WebSocket("wss://127.0.0.1:8987/" + method);
  ws.onopen = function () { ws.send(text); };
  ws.onmessage = function (evt) { callback(evt.data); ws.close(); };
  ws.onclose = function () { window.shut = (window.shut || 0) + 1; };
}
function vgca_sign_approved(json, callback) { serviceCall("SignApproved", json, callback); }
function vgca_sign_pdf(json, callback) { serviceCall("SignPDF", json, callback); }
function vgca_sign_xml(sender, json, callback) { serviceCall("SignXML", json, function (reply) { callback(sender, reply); }); }
function vgca_get_version(callback) { serviceCall("GetVersion", "GetVersion", callback); }
function vgca_get_certinfo(callback) { serviceCall("GetCertInfo", "get_cert_info", callback); }
`;

const asked = `{ FileUploadHandler: location.origin + "/kieu-cu/FileUploadHandler", SessionId: "", JWTToken: "", FileName: location.origin + "/api/documents/cong-van.pdf",
  DocNumber: "12/QĐ-UBND", IssuedDate: new Date(), MetaData: [{ Key: "document", Value: "cong-van.pdf" }] }`;
const call = (name) => `${name}(JSON.stringify(${asked}), function (text) { window.reply = JSON.parse(text); });`;

/** Opens a page of the site made of these elements, where the scripts for it are registered already. */
async function open(body, at = world.origin) {
  browser = await browseChromium(world);
  ({ page } = browser);
  const html = (text) => ({ contentType: "text/html; charset=utf-8", body: `<!doctype html><meta charset="utf-8"><title>x</title>${text}` });
  await page.route(`${world.origin}/truoc`, (route) => route.fulfill(html("")));
  await page.route(`${at}/trang`, (route) => route.fulfill(html(body)));
  await page.route(`${at}/vgcaplugin.js`, (route) => route.fulfill({ contentType: "text/javascript", body: library }));
  await page.goto(`${world.origin}/truoc`);
  await page.waitForFunction(present);
  await page.waitForFunction(() => typeof globalThis.vgca_sign_approved === "function");
  await page.goto(`${at}/trang`);
}

/** The page's reply, once the person has agreed; and what arrived at the site is signed. */
async function assertSigns() {
  await world.agree();
  const reply = await until(() => page.evaluate(() => globalThis.reply), "the reply");
  assert.deepEqual({ ...reply, DocumentDate: "" }, {
    Status: 0, Message: "", FileName: "cong-van.pdf", FileServer: "/api/documents/cong-van.pdf", DocumentNumber: "12/QĐ-UBND", DocumentDate: "",
  });
  const file = join(world.dir, "signed.pdf");
  writeFileSync(file, Buffer.from(await page.evaluate(async (from) => Array.from(new Uint8Array(await (await fetch(from)).arrayBuffer())), reply.FileServer)));
  const judged = execFileSync("pdfsig", ["-nocert", file], { encoding: "utf8" });
  assert.match(judged, /Signature is Valid/);
  assert.match(judged, /Nguyễn Văn Thử/);
}

test("a page with its own library, which is called right after it has loaded", { timeout: 120_000 }, async () => {
  await open(`<script src="/vgcaplugin.js"></script><script>${call("vgca_sign_approved")}</script>`);
  await assertSigns();
  assert.equal(await page.evaluate(() => globalThis.shut), 1);
});

test("a page with the functions in a script of its own, which calls them there", { timeout: 120_000 }, async () => {
  await open(`<script>${library}${call("vgca_sign_pdf")}</script>`);
  await assertSigns();
});

test("a page that bundles the library under names of its own", { timeout: 120_000 }, async () => {
  await open(`<script type="module">${library.replaceAll("vgca_", "e_")}${call("e_sign_pdf")}</script>`);
  await assertSigns();
});

test("a page that ships nothing", { timeout: 120_000 }, async () => {
  await open(`<script>${call("vgca_sign_pdf")}</script>`);
  await assertSigns();
});

test("what is not supported, and who asks, is told; other sockets are the browser's own", { timeout: 120_000 }, async () => {
  await open(`<script src="/vgcaplugin.js"></script>`);
  const xml = await page.evaluate(() => new Promise((resolve) => globalThis.vgca_sign_xml("người gọi", '{"Base64Content":"PGEvPg=="}', (sender, text) => resolve([sender, JSON.parse(text)]))));
  assert.deepEqual([xml[0], xml[1].Status, xml[1].Error], ["người gọi", 1, "Kyso chưa hỗ trợ ký XML."]);
  const ask = (name) => page.evaluate((name) => new Promise((resolve) => globalThis[name]((text) => resolve(JSON.parse(text)))), name);
  assert.equal((await ask("vgca_get_version")).Status, 0);
  assert.equal((await ask("vgca_get_certinfo")).CertInfo.Subject.startsWith("CN=Nguyễn Văn Thử"), true);
  assert.deepEqual(world.windows(), []);
  assert.deepEqual(await page.evaluate(async () => {
    const service = new WebSocket("wss://127.0.0.1:8987/GetVersion");
    const heard = [];
    for (const type of ["open", "message", "close"]) service.addEventListener(type, (e) => heard.push(e.type));
    const first = service.readyState;
    let early;
    try {
      service.send("GetVersion");
    } catch (error) {
      early = error.name;
    }
    await new Promise((resolve) => (service.onopen = resolve));
    const message = new Promise((resolve) => (service.onmessage = resolve));
    service.send("GetVersion");
    const { origin } = await message;
    service.close();
    await new Promise((resolve) => (service.onclose = resolve));
    class Mine extends WebSocket {}
    const other = new Mine("wss://127.0.0.1:9/x", "a");
    const failed = await new Promise((resolve) => (other.onerror = () => resolve("error")));
    let wrong;
    try {
      new WebSocket("ftp://eoffice.test/");
    } catch (error) {
      wrong = error.name;
    }
    return { heard, first, early, last: service.readyState, origin, failed, wrong, kin: other instanceof WebSocket && other instanceof Mine, url: other.url, open: WebSocket.OPEN, name: WebSocket.name };
  }), {
    heard: ["open", "message", "close"], first: 0, early: "InvalidStateError", last: 3, origin: "wss://127.0.0.1:8987", failed: "error", wrong: "SyntaxError",
    kin: true, url: "wss://127.0.0.1:9/x", open: 1, name: "WebSocket",
  });
});

test("a site that no administrator has named gets nothing", { timeout: 120_000 }, async () => {
  await open(`<script>window.before = typeof vgca_sign_approved</script><script src="/vgcaplugin.js"></script>`, world.stranger);
  assert.equal(await page.evaluate(() => globalThis.before), "undefined");
  assert.equal(await page.evaluate(() => new Promise((resolve) => {
    const ws = new WebSocket("wss://127.0.0.1:8987/GetVersion");
    ws.onopen = () => resolve("open");
    ws.onerror = () => resolve("error");
  })), "error");
});
