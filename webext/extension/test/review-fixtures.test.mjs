// The frames that the agent's own types write: what it sends is understood, and
// what the page sends is what the agent takes.
import "./typescript.mjs";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
const { parse } = await import("../src/review/frames.ts");

const folder = new URL("../../../testdata/protocol/review/", import.meta.url);
const read = (name) => readFileSync(new URL(name + ".json", folder), "utf8");
const names = readdirSync(folder).filter((name) => name.startsWith("agent-")).map((name) => name.slice(0, -5));

test("there are examples", () => assert.ok(names.length >= 7));

for (const name of names) {
  test(name, () => {
    const wanted = JSON.parse(read(name));
    const frame = parse(read(name));
    assert.equal(frame.type, wanted.type);
    if (wanted.type === "review") assert.deepEqual(frame.review, withoutIndex(wanted.review));
    if (wanted.type === "stamp") assert.deepEqual([frame.document, frame.png], [wanted.document, wanted.png]);
    if (wanted.type === "error") assert.deepEqual([frame.id, frame.error], [wanted.id ?? null, wanted.error]);
    if (wanted.type === "ended") assert.equal(frame.outcome, wanted.outcome);
  });
}

/** The page knows a document by where it stands. */
const withoutIndex = (review) => ({ ...review, documents: review.documents.map(({ index: _, ...one }) => one) });

test("the page's frames are the agent's examples", async () => {
  const { Link } = await import("../src/review/link.ts");
  const sent = [];
  let socket;
  globalThis.WebSocket = class {
    static OPEN = 1;
    readyState = 1;
    constructor() {
      socket = this;
    }
    send(text) {
      sent.push(JSON.parse(text));
    }
    close() {}
  };
  const nothing = () => {};
  const link = new Link(() => Promise.resolve({ capability: "x", port: 1 }), { review: nothing, asking: nothing, refused: nothing, ended: nothing, broken: nothing, lost: nothing });
  while (!socket) await new Promise((resolve) => setTimeout(resolve, 1));
  const says = (name) => socket.onmessage({ data: read(name) });
  says("agent-review");
  const place = link.place(0, "2,300,500,250,120");
  says("agent-review");
  await place;
  const all = link.place(-1, "auto", "personal");
  says("agent-error-place");
  await assert.rejects(all, ({ failure }) => failure.code === "NO_PLACE");
  const stamp = link.stamp(0);
  says("agent-stamp");
  await stamp;
  link.read(0, 0, 12288, true).catch(nothing);
  link.confirm();
  link.refuse();
  link.close();
  const wanted = ["place", "place-all", "stamp", "read", "confirm", "refuse"].map((name) => JSON.parse(read("page-" + name)));
  wanted[3].id = sent[3].id;
  assert.deepEqual(sent, wanted);
});
