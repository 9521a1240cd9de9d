import assert from "node:assert/strict";
import { test } from "node:test";
import { size } from "../../../wasm/page/dom.js";

test("a size reads as in the agent's window, which stands beside the review", () => {
  // As in agent/internal/consent/view_test.go.
  const same = { 0: "0 byte", 1023: "1023 byte", 1024: "1,0 KB", 10_188: "9,9 KB", 10_240: "10 KB", 1_048_576: "1,0 MB", [5 * 2 ** 40]: "5,0 TB", [5000 * 2 ** 40]: "5000 TB" };
  for (const [bytes, text] of Object.entries(same)) assert.equal(size(Number(bytes), "vi"), text);
  assert.equal(size(1536, "en"), "1.5 KB");
});
