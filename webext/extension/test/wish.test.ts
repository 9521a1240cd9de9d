import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { keepWish, takeWish } from "../src/background/wish.js";

const site = "https://eoffice.example.gov.vn";
const pattern = `${site}/*`;

beforeEach(() => {
  const kept = new Map<string, unknown>();
  Object.assign(globalThis, { chrome: {
    runtime: { getURL: () => "chrome-extension://macengpdlehkbnphmgbiaalindljbkom/" },
    storage: { session: {
      get: async (key: string) => ({ [key]: kept.get(key) }),
      set: async (all: object) => void Object.entries(all).forEach(([k, v]) => kept.set(k, v)),
      remove: async (key: string) => void kept.delete(key),
    } },
  } });
});

test("a permission switches on the site it was asked for, once", async () => {
  await keepWish(site, 0);
  assert.equal(await takeWish(["https://other.example/*"], 1), undefined);
  assert.equal(await takeWish([pattern], 2), site);
  assert.equal(await takeWish([pattern], 3), undefined);
});

test("a permission that comes without a wish, or long after it, switches on nothing", async () => {
  assert.equal(await takeWish([pattern]), undefined);
  await keepWish(site, 0);
  assert.equal(await takeWish([pattern], 2 * 60_000 + 1), undefined);
});

test("the last wish counts, and what is no site is none", async () => {
  await keepWish(site, 0);
  await keepWish("https://other.example", 0);
  assert.equal(await takeWish([pattern], 1), undefined);
  await keepWish("https://*/*", 0);
  assert.equal(await takeWish(["https://*/*", "https://other.example/*"], 1), undefined);
});
