import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { fromBase64, fromContent, fromPage, maxData, maxText, toBase64, weight } from "../src/shared/relay.js";

test("messages of a page are those three, within bounds, and nothing more is handed on", () => {
  const data = new ArrayBuffer(8);
  assert.deepEqual(fromPage({ t: "text", text: "x", origin: "https://evil.example" }), { t: "text", text: "x" });
  assert.deepEqual(fromPage({ t: "data", data, more: 1 }), { t: "data", data });
  assert.deepEqual(fromPage({ t: "close" }), { t: "close" });
  assert.ok(fromPage({ t: "text", text: "x".repeat(maxText) }));
  assert.ok(fromPage({ t: "data", data: new ArrayBuffer(maxData) }));
  assert.ok(fromPage({ t: "data", data: runInNewContext("new ArrayBuffer(4)") }), "of another realm");
  for (const wrong of [undefined, null, 1, "text", [], {}, { t: "open", port: 1 }, { t: "more", bytes: 9 }, { t: "start" }, { t: "text" }, { t: "text", text: 1 },
    { t: "text", text: "x".repeat(maxText + 1) }, { t: "data", data: "AAAA" }, { t: "data", data: new Uint8Array(4) }, { t: "data", data: new ArrayBuffer(maxData + 1) }]) {
    assert.equal(fromPage(wrong), undefined, JSON.stringify(wrong)?.slice(0, 80));
  }
});

test("bytes go through JSON and back", () => {
  for (const length of [0, 1, 2, 3, 4, 0x8000, 0x8001, maxData]) {
    const bytes = randomBytes(length);
    const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + length) as ArrayBuffer;
    const text = toBase64(data);
    assert.equal(text, bytes.toString("base64"));
    assert.deepEqual(Buffer.from(fromBase64(text)), bytes);
    const sent = fromContent(JSON.parse(JSON.stringify({ t: "data", data: text })));
    assert.ok(sent?.t === "data" && Buffer.from(sent.data).equals(bytes));
  }
  for (const wrong of [{ t: "data", data: "*" }, { t: "data", data: "A".repeat(4 * Math.ceil(maxData / 3) + 4) }, { t: "data", data: {} }, { t: "start" }]) {
    assert.equal(fromContent(wrong), undefined);
  }
});

test("no message is free", () => {
  assert.ok(weight({ t: "text", text: "" }) > 0);
  assert.ok(weight({ t: "data", data: new ArrayBuffer(100) }) >= 100);
});
