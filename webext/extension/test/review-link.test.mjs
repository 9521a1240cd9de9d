import "./typescript.mjs";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
const { Link, Refused, maxRead } = await import("../src/review/link.ts");

/** The agent's end of a connection, in the test's hands. */
class Socket {
  static OPEN = 1;
  static all = [];
  readyState = 1;
  sent = [];
  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    Socket.all.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.();
  }
  say(value) {
    this.onmessage({ data: typeof value === "object" && !(value instanceof ArrayBuffer) ? JSON.stringify(value) : value });
  }
  bytes(id, bytes) {
    const frame = new Uint8Array(4 + bytes.length);
    new DataView(frame.buffer).setUint32(0, id);
    frame.set(bytes, 4);
    this.say(frame.buffer);
  }
}
globalThis.WebSocket = Socket;

const document = { index: 0, name: "a.pdf", size: 10, sha256: "ab".repeat(32), pages: 1, words: "an", signatures: 0 };
const review = { type: "review", review: { origin: "https://a.vn", language: "vi", documents: [document] } };
const failure = { code: "X", message: { vi: "a", en: "b" }, remedy: { vi: "c", en: "d" } };
const soon = () => new Promise((resolve) => setImmediate(resolve));
const until = async (done) => {
  for (const end = Date.now() + 20_000; !done(); await new Promise((r) => setTimeout(r, 10))) if (Date.now() > end) throw new Error("waited in vain");
};

let told;
const events = Object.fromEntries(["review", "asking", "refused", "ended", "broken", "lost"].map((name) => [name, (value) => told.push([name, value])]));
const names = () => told.map(([name]) => name);
async function open(permit = async () => ({ capability: "C", port: 1234 })) {
  const link = new Link(permit, events);
  await until(() => Socket.all.length > 0 || told.length > 0);
  return [link, Socket.all[0]];
}

beforeEach(() => {
  told = [];
  Socket.all = [];
});

test("the capability goes as a subprotocol, and nothing is asked before the first frame", async () => {
  const [link, socket] = await open();
  assert.equal(socket.url, "ws://127.0.0.1:1234/kyso/review/1");
  assert.deepEqual(socket.protocols, ["kyso.review.1", "kyso.capability.C"]);
  const read = link.read(0, 0, 4, true);
  assert.deepEqual(socket.sent, []);
  socket.say(review);
  assert.deepEqual(socket.sent, [{ type: "read", id: 1, document: 0, offset: 0, length: 4 }]);
  socket.bytes(1, [1, 2, 3, 4]);
  assert.deepEqual([...(await read)], [1, 2, 3, 4]);
  link.close();
});

test("at most eight reads, what is on the screen first", async () => {
  const [link, socket] = await open();
  socket.say(review);
  const reads = Array.from({ length: 10 }, (_, i) => link.read(0, i, 1, false));
  assert.equal(socket.sent.length, 5);
  const urgent = Array.from({ length: 5 }, (_, i) => link.read(0, 100 + i, 1, true));
  assert.deepEqual(socket.sent.map((one) => one.offset), [0, 1, 2, 3, 4, 100, 101, 102]);
  socket.bytes(1, [0]);
  assert.equal(socket.sent.at(-1).offset, 103);
  for (const one of [...reads, ...urgent]) one.catch(() => undefined);
  link.close();
  assert.throws(() => link.read(0, 0, maxRead + 1, false), RangeError);
});

for (const [name, act] of Object.entries({
  "a frame that does not fit": (socket) => socket.say({ type: "x" }),
  "bytes that nobody asked for": (socket) => socket.bytes(7, [1]),
  "fewer bytes than asked for": (socket) => socket.bytes(1, [1]),
  "a stamp that nobody asked for": (socket) => socket.say({ type: "stamp", document: 0, png: Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d494844520000000100000001", "hex")]).toString("base64") }),
})) {
  test(`${name} ends the connection`, async () => {
    const [link, socket] = await open();
    socket.say(review);
    const read = link.read(0, 0, 4, true);
    act(socket);
    await assert.rejects(read, Refused);
    assert.equal(told.at(-1)[0], "lost");
    assert.equal(told.at(-1)[1].code, "BAD_FRAME");
    assert.equal(socket.readyState, 3);
  });
}

test("a first frame that is not the review ends the connection", async () => {
  const [, socket] = await open();
  socket.say({ type: "asking" });
  assert.deepEqual(names(), ["lost"]);
});

test("a place is answered by the review, or by why not", async () => {
  const [link, socket] = await open();
  socket.say(review);
  const first = link.place(0, "1,2,3,4,5");
  const second = link.place(-1, "auto", "agency");
  assert.deepEqual(socket.sent, [{ type: "place", document: 0, place: "1,2,3,4,5" }]);
  socket.say({ type: "error", error: failure });
  await assert.rejects(first, (e) => e instanceof Refused && e.failure.code === "X");
  assert.deepEqual(socket.sent[1], { type: "place", document: -1, place: "auto", profile: "agency" });
  socket.say(review);
  await second;
  assert.deepEqual(names(), ["review", "review"]);
  link.close();
});

test("an error of a read is that read's alone", async () => {
  const [link, socket] = await open();
  socket.say(review);
  const [bad, good] = [link.read(0, 0, 1, false), link.read(0, 1, 1, false)];
  socket.say({ type: "error", id: 1, error: failure });
  await assert.rejects(bad, Refused);
  socket.bytes(2, [9]);
  assert.deepEqual([...(await good)], [9]);
  link.confirm();
  socket.say({ type: "error", error: failure });
  assert.deepEqual(told.at(-1), ["refused", failure]);
  link.close();
});

test("what broke is opened anew, and reads go on", async () => {
  let n = 0;
  const [link, socket] = await open(async () => ({ capability: `C${++n}`, port: 1 }));
  socket.say(review);
  const read = link.read(0, 5, 1, false);
  socket.close();
  assert.deepEqual(names(), ["review", "broken"]);
  await until(() => Socket.all.length === 2);
  assert.deepEqual(Socket.all[1].protocols, ["kyso.review.1", "kyso.capability.C2"]);
  Socket.all[1].say(review);
  const { id } = Socket.all[1].sent[0];
  Socket.all[1].bytes(id, [3]);
  assert.deepEqual([...(await read)], [3]);
  link.close();
});

test("a refusal that found no connection is said on the next", async () => {
  const [link, socket] = await open();
  socket.say(review);
  socket.close();
  link.refuse();
  await until(() => Socket.all.length === 2);
  Socket.all[1].say(review);
  assert.deepEqual(Socket.all[1].sent, [{ type: "refuse" }]);
  Socket.all[1].say({ type: "ended", outcome: "refused" });
  assert.deepEqual(told.at(-1), ["ended", "refused"]);
  assert.equal(Socket.all[1].readyState, 3);
});

test("a ticket that is gone is not tried again", async () => {
  await open(async () => {
    throw new Refused(failure);
  });
  await soon();
  assert.deepEqual(told, [["lost", failure]]);
});
