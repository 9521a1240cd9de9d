import "./typescript.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
const { millimetre, move, percent, placeText, resize, same, turnTo } = await import("../src/review/geometry.ts");

const a4 = { width: 595, height: 842 };
const spot = { page: 2, x: 100, y: 200, w: 120, h: 60 };

test("moving stays on the page", () => {
  assert.deepEqual(move(spot, 10, -20, a4), { ...spot, x: 110, y: 180 });
  assert.deepEqual(move(spot, -1000, -1000, a4), { ...spot, x: 0, y: 0 });
  assert.deepEqual(move(spot, 1000, 1000, a4), { ...spot, x: 475, y: 782 });
});

test("sizing keeps the proportions and the opposite corner", () => {
  assert.deepEqual(resize(spot, 200, a4, "ne"), { ...spot, w: 200, h: 100 });
  assert.deepEqual(resize(spot, 200, a4, "sw"), { ...spot, x: 20, y: 160, w: 200, h: 100 });
  assert.deepEqual(resize(spot, 200, a4, "nw"), { ...spot, x: 20, w: 200, h: 100 });
  assert.deepEqual(resize(spot, 200, a4, "se"), { ...spot, y: 160, w: 200, h: 100 });
});

test("sizing ends at the page's edge and at 5 mm", () => {
  assert.deepEqual(resize(spot, 9999, a4, "ne"), { ...spot, w: 495, h: 247.5 });
  const smallest = resize(spot, 0, a4, "ne");
  assert.ok(Math.abs(smallest.h - 5 * millimetre) < 1e-9 && Math.abs(smallest.w - 10 * millimetre) < 1e-9);
});

test("a smaller page takes a smaller stamp", () => {
  assert.deepEqual(turnTo(spot, 1, { width: 60, height: 300 }), { page: 1, x: 0, y: 200, w: 60, h: 30 });
  assert.deepEqual(turnTo(spot, 3, a4), { ...spot, page: 3 });
});

test("places as the agent reads them", () => {
  assert.equal(placeText({ page: 1, x: 350.004, y: -0.001, w: 130, h: 60.126 }), "1,350,0,130,60.13");
  assert.ok(same(spot, { ...spot, x: 100.001 }) && !same(spot, { ...spot, x: 100.1 }) && !same(spot, null) && same(null, null));
});

test("percent of the page as it is shown", () => {
  assert.deepEqual(percent({ page: 1, x: 50, y: 100, w: 25, h: 10 }, { width: 100, height: 200 }), { left: "50%", bottom: "50%", width: "25%", height: "5%" });
});
