// What the popup, the options and checking compute without a browser.
import "./typescript.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.chrome = { runtime: { getURL: (path) => `chrome-extension://x/${path}` } };
const { checkPage, documentName, originOf, reach, readWanted } = await import("../src/shared/address.ts");
const { dedupe, readManaged } = await import("../src/shared/anchors.ts");
const { signs } = await import("../src/shared/outcome.ts");
const { troubleWords } = await import("../src/shared/trouble.ts");
const { lifetime, worstFirst, when } = await import("../src/shared/words.ts");
const { doctorText } = await import("../src/shared/doctor-view.ts");
const { siteOf } = await import("../src/options/downloads.ts");
const { wanted } = await import("../src/background/verify.ts");

test("which addresses can be read, and which sites the browser can be asked for", () => {
  for (const [address, kind, askable] of [
    ["https://a.vn/x.pdf", "web", true], ["http://127.0.0.1:81/x", "web", true], ["http://localhost/x", "web", true],
    ["http://a.vn/x.pdf", "web", false], ["http://127.0.0.1.a.vn/", "web", false], ["file:///tmp/a.pdf", "file"],
    ["chrome://settings", "none"], ["blob:https://a.vn/1", "none"], ["data:application/pdf,x", "none"], ["javascript:1", "none"], ["", "none"], ["a.pdf", "none"],
    [`https://a.vn/${"x".repeat(9000)}`, "none"],
  ]) {
    const found = reach(address);
    assert.equal(found.kind, kind, address.slice(0, 60));
    assert.equal(found.askable, askable, address.slice(0, 60));
  }
  assert.equal(originOf("https://a.vn:443/x"), "https://a.vn");
  assert.equal(originOf("file:///x"), "");
});

test("the name of a document is what its server says, and cannot pretend to be another", () => {
  for (const [address, disposition, name] of [
    ["https://a.vn/tep/c%C3%B4ng%20v%C4%83n.pdf?x=1#p", null, "công văn.pdf"],
    ["https://a.vn/tai?id=7", null, "tai.pdf"],
    ["https://a.vn/", null, "tai-lieu.pdf"],
    ["https://a.vn/x.pdf", 'attachment; filename="QĐ \\"12\\".pdf"', 'QĐ "12".pdf'],
    ["https://a.vn/x.pdf", "attachment; filename=y.pdf; filename*=UTF-8''Quy%E1%BA%BFt.pdf", "Quyết.pdf"],
    ["https://a.vn/x", 'inline; filename="../../etc/a.PDF"', "a.PDF"],
    ["https://a.vn/x", 'inline; filename="C:\\\\tep\\\\a.pdf"', "a.pdf"],
    ["https://a.vn/a%E2%80%AEfdp.exe", null, "afdp.exe.pdf"], // turns the direction of writing
    ["https://a.vn/%ZZ.pdf", null, "%ZZ.pdf"],
  ]) assert.equal(documentName(address, disposition), name);
  assert.ok(documentName(`https://a.vn/${"x".repeat(5000)}`).length < 200);
});

test("what the page is opened for goes through its address and back", () => {
  for (const one of [
    { url: "https://a.vn/x.pdf?a=1&b=2#page=3", tab: 12, granted: true }, { url: "file:///tmp/ký.pdf", granted: false },
  ]) assert.deepEqual(readWanted(new URL(checkPage(one)).hash), one);
  assert.equal(readWanted(""), undefined);
  assert.equal(readWanted("#tab=1"), undefined);
  assert.deepEqual(readWanted("#url=https://a.vn&tab=-1e3"), { url: "https://a.vn", granted: false });
});

test("anchors of the administrator: what is none is left out", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nTUlJ\nQg==\n-----END CERTIFICATE-----\n";
  const read = readManaged([{ name: "Gốc", certificate: pem }, { certificate: "TUlJQg==" }, { certificate: 7 }, null, "x", {}]);
  assert.deepEqual(read.map((a) => [a.name, a.der]), [["Gốc", "TUlJQg=="], ["", "TUlJQg=="]]);
  assert.deepEqual(dedupe([...read, { name: "", der: "không phải", by: "managed" }, { name: "", der: "", by: "agent" }]), [read[0]]);
  assert.deepEqual(readManaged("x"), []);
  assert.equal(dedupe(Array.from({ length: 500 }, (_, i) => ({ name: "", der: btoa(String(i)), by: "agent" }))).length, 200);
});

test("a tick is for what has passed and for nothing else", () => {
  for (const [outcome, { text, look }] of Object.entries(signs)) {
    assert.equal(text === "✓", outcome === "TOTAL-PASSED");
    assert.equal(look === "pass", outcome === "TOTAL-PASSED");
  }
  for (const language of ["vi", "en"]) assert.ok(troubleWords("permission", language).remedy);
});

test("days left, and when they are a warning", () => {
  const at = (daysLeft) => lifetime({ notAfter: "2030-01-02T00:00:00Z", daysLeft }, "vi");
  assert.deepEqual(at(30), { text: "Còn 30 ngày, đến 02/01/2030", warn: false });
  assert.deepEqual(at(29), { text: "Còn 29 ngày, đến 02/01/2030", warn: true });
  assert.deepEqual(at(0), { text: "Hết hạn hôm nay (02/01/2030)", warn: true });
  assert.deepEqual(at(-1), { text: "Hết hạn từ 02/01/2030", warn: true });
  assert.equal(when("never"), "");
});

test("problems come first, with what to do", () => {
  const check = (id, status, remedy) => ({ id, status, title: { vi: id, en: id }, detail: { vi: `${id}.`, en: `${id}.` }, ...(remedy && { remedy: { vi: remedy, en: remedy } }) });
  const checks = [check("a", "ok"), check("b", "warning"), check("c", "unknown"), check("d", "problem", "Cắm thiết bị."), check("e", "problem")];
  assert.deepEqual(worstFirst(checks).map((c) => c.id), ["d", "e", "b", "c", "a"]);
  assert.match(doctorText({ version: "1", ready: false, checks }, "vi"), /^Kyso 1\n\[Lỗi\] d: d\.\n    → Cắm thiết bị\.\n\[Lỗi\] e: e\.\n/);
});

test("sites a person types", () => {
  for (const [typed, origin] of [
    ["vanban.a.vn", "https://vanban.a.vn"], [" https://vanban.a.vn/x?y ", "https://vanban.a.vn"], ["http://a.vn", ""], ["http://127.0.0.1:8000", "http://127.0.0.1:8000"],
    ["a b.vn", ""], ["", ""], ["file:///etc", ""], ["https://", ""],
  ]) assert.equal(siteOf(typed), origin, typed);
});

test("which downloads are checked", () => {
  const one = { url: "https://a.vn/x", filename: "/tmp/x.pdf", mime: "application/pdf", fileSize: 1, incognito: false };
  assert.ok(wanted(one, ["https://a.vn"]));
  assert.ok(wanted({ ...one, url: "https://cdn.vn/x", referrer: "https://a.vn/van-ban" }, ["https://a.vn"]));
  assert.ok(wanted({ ...one, mime: "application/octet-stream" }, ["https://a.vn"]));
  for (const other of [
    { ...one, incognito: true }, { ...one, byExtensionId: "x" }, { ...one, mime: "text/html", filename: "/tmp/x.html" }, { ...one, url: "https://a.vn.evil.vn/x" },
    { ...one, url: "http://a.vn/x" }, { ...one, url: "blob:https://a.vn/1" },
  ]) assert.ok(!wanted(other, ["https://a.vn"]));
});
