import assert from "node:assert/strict";
import { test } from "node:test";
import { documentOf } from "../src/background/sender.js";
import { isOwnPage } from "../src/shared/sender.js";
import type { Sender } from "../src/shared/sender.js";

const own = "macengpdlehkbnphmgbiaalindljbkom";
const page: Sender = {
  id: own, url: "https://eoffice.example/van-ban?id=1", origin: "https://eoffice.example", frameId: 0, documentId: "ABC", documentLifecycle: "active",
  tab: { id: 7, incognito: false },
};

test("the document is what the browser says", () => {
  assert.deepEqual(documentOf(page, own), {
    origin: "https://eoffice.example", topOrigin: "https://eoffice.example", tab: 7, frame: 0, documentId: "ABC", incognito: false,
  });
  // Firefox tells less.
  const { origin: _, documentId: __, documentLifecycle: ___, ...less } = page;
  assert.deepEqual(documentOf({ ...less, url: "https://a.example:8443/#x", tab: { id: 1, incognito: true } }, own), {
    origin: "https://a.example:8443", topOrigin: "https://a.example:8443", tab: 1, frame: 0, documentId: "", incognito: true,
  });
});

for (const [name, change] of Object.entries<Partial<Sender>>({
  "another extension": { id: "abcdefghijklmnopabcdefghijklmnop" },
  "a frame": { frameId: 3 },
  "no frame at all": { frameId: undefined as unknown as number },
  "an extension's page outside tabs": { tab: undefined },
  "a page outside tabs": { tab: { id: -1, incognito: false } },
  "a tab without a number": { tab: { incognito: false } },
  "a page that is prepared": { documentLifecycle: "prerender" as NonNullable<Sender["documentLifecycle"]> },
  "a page that was put away": { documentLifecycle: "cached" as NonNullable<Sender["documentLifecycle"]> },
  "a sandboxed page": { origin: "null" },
  "a page whose address is another's": { origin: "https://evil.example" },
  "about:blank": { url: "about:blank", origin: "https://eoffice.example" },
  "a file": { url: "file:///tmp/a.html", origin: "null" },
  "an extension's page": { url: `chrome-extension://${own}/popup.html`, origin: `chrome-extension://${own}` },
})) {
  test(`nothing for ${name}`, () => assert.equal(documentOf({ ...page, ...change }, own), undefined));
}
test("nothing without a sender", () => assert.equal(documentOf(undefined, own), undefined));

test("only the extension's own pages are its own", () => {
  const base = `chrome-extension://${own}/`;
  const popup: Sender = { id: own, url: `${base}popup.html`, origin: base.slice(0, -1) };
  assert.ok(isOwnPage(popup, own, base));
  assert.ok(isOwnPage({ id: own, url: `${base}review.html#x` }, own, base)); // Firefox
  for (const change of [{ id: "abcdefghijklmnopabcdefghijklmnop" }, { url: page.url! }, { origin: "https://eoffice.example" }, { url: `${base.slice(0, -1)}.evil/` }]) {
    assert.ok(!isOwnPage({ ...popup, ...change }, own, base), JSON.stringify(change));
  }
});
