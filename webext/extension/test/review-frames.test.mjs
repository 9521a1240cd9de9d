import "./typescript.mjs";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
const { FrameError, parse } = await import("../src/review/frames.ts");
const { Digest, wordsOf } = await import("../src/review/digest.ts");

const document = { index: 0, name: "a.pdf", size: 10, sha256: "ab".repeat(32), pages: 1, words: "an-áo", signatures: 0, broken: 0, notices: null, stamp: null, spot: null };
const review = { origin: "https://a.vn", language: "vi", level: "B-B", certificate: null, profile: "", template: "", profiles: null, canPlace: false, documents: [document], leftOut: null };
const frame = (more, inDocument) => JSON.stringify({ type: "review", review: { ...review, ...more, documents: more?.documents ?? [{ ...document, ...inDocument }] } });

test("a review frame, with Go's null for what is empty", () => {
  const { review: got } = parse(frame());
  assert.deepEqual([got.documents[0].notices, got.profiles, got.leftOut, got.certificate, got.documents[0].spot], [[], [], [], null, null]);
});

test("members that are not known are left alone", () => {
  assert.equal(parse(frame({ more: 1 }, { other: 2 })).review.origin, "https://a.vn");
});

for (const [name, text] of Object.entries({
  "no JSON": "x", "no object": "[]", "another type": '{"type":"sign"}', "no documents": frame({ documents: [] }),
  "too many documents": frame({ documents: Array(1001).fill(document) }), "another order": frame({}, { index: 1 }), "a short digest": frame({}, { sha256: "ab" }),
  "a digest that is none": frame({}, { sha256: "zz".repeat(32) }), "a negative size": frame({}, { size: -1 }), "a size beyond bounds": frame({}, { size: 2 ** 40 }),
  "a broken count of pages": frame({}, { pages: 1.5 }), "a place without width": frame({}, { spot: { page: 1, x: 0, y: 0, w: 0, h: 1 } }),
  "a place on page 0": frame({}, { spot: { page: 0, x: 0, y: 0, w: 1, h: 1 } }), "a place that is text": frame({}, { spot: { page: 1, x: "0", y: 0, w: 1, h: 1 } }),
  "a name without end": frame({}, { name: "x".repeat(2001) }), "a notice in one language": frame({}, { notices: [{ vi: "x" }] }),
  "an outcome nobody knows": '{"type":"ended","outcome":"fine"}', "an error without words": '{"type":"error","error":{"code":"X"}}',
  "a stamp that is no PNG": '{"type":"stamp","document":0,"png":"AAAA"}',
})) {
  test(`refused: ${name}`, () => assert.throws(() => parse(text), FrameError));
}

test("a stamp's picture is a PNG that can be drawn", () => {
  const png = (width, height) => {
    const b = Buffer.from("89504e470d0a1a0a0000000d49484452000000000000000008060000", "hex");
    b.writeUInt32BE(width, 16);
    b.writeUInt32BE(height, 20);
    return JSON.stringify({ type: "stamp", document: 0, png: Buffer.concat([b, Buffer.alloc(2)]).toString("base64") });
  };
  assert.equal(parse(png(800, 400)).type, "stamp");
  assert.throws(() => parse(png(30_000, 30_000)), FrameError);
});

test("the digest of pieces is the digest of the whole, in the agent's words", () => {
  const list = readFileSync(new URL("../../../agent/internal/consent/words.txt", import.meta.url), "utf8").split(/\s+/).filter(Boolean);
  const data = Buffer.alloc(700_001, "Kyso");
  const digest = new Digest();
  for (let at = 0; at < data.length; at += 262_144) digest.update(data.subarray(at, at + 262_144));
  const want = createHash("sha256").update(data).digest();
  const got = digest.end();
  assert.equal(got, want.toString("hex"));
  assert.equal(wordsOf(got), [...want.subarray(0, 5)].map((byte) => list[byte]).join("-"));
});
