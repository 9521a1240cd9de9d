// A program that poses as Kyso's native messaging host:
//
//	node fake-host.mjs garbage    says what no host says
//	node fake-host.mjs other      is an agent with a key of its own
//	node fake-host.mjs claimed KEY    says it is the agent with that key, which it has not
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { WebSocketServer } from "ws";

const [mode, claimed] = process.argv.slice(2);
const say = (message) => {
  const body = Buffer.from(JSON.stringify(message));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  process.stdout.write(Buffer.concat([length, body]));
};
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = mode === "claimed" ? claimed : publicKey.export({ type: "spki", format: "der" }).toString("base64url");

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => "kyso.v1" });
await new Promise((resolve) => server.once("listening", resolve));
const { port } = server.address();
server.on("connection", (socket, request) => socket.on("message", (data) => {
  const { id, method, params: p } = JSON.parse(String(data));
  if (method !== "hello") return; // whatever else the page says is what it should have kept to itself
  const nonce = randomBytes(32).toString("base64url");
  const lines = ["kyso hello", process.env.FAKE_ORIGIN, port, [p.minVersion, p.maxVersion, 1, 1, 1].join(" "), p.nonce, nonce, p.key, key];
  const signature = sign("sha256", Buffer.from(["kyso v1 agent", ...lines].join("\n")), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url");
  socket.send(JSON.stringify({ v: 1, id, type: "result", result: {
    product: "kyso", productVersion: "0.1.0", version: 1, minVersion: 1, maxVersion: 1, port, agent: { key, nonce, signature },
    limits: { chunkBytes: 262144, controlBytes: 229376, documents: 500, maxDocumentBytes: 268435456, maxRequestBytes: 1073741824 },
  } }));
}));

let held = Buffer.alloc(0);
process.stdin.on("data", (data) => {
  held = Buffer.concat([held, data]);
  while (held.length >= 4 && held.length >= 4 + held.readUInt32LE(0)) {
    const length = held.readUInt32LE(0);
    answer(JSON.parse(held.subarray(4, 4 + length)));
    held = held.subarray(4 + length);
  }
});
process.stdin.on("end", () => process.exit());

function answer({ id, method }) {
  const agent = { port, agentKey: key };
  const results = {
    hello: { product: "kyso", productVersion: "0.1.0", version: 1, ...agent },
    open: { capability: createHash("sha256").update(id).digest("base64url"), expiresIn: 60000, ...agent },
    sites: { sites: [{ origin: process.env.FAKE_ORIGIN, by: "policy" }], pairing: false, older: [], hash: [], review: "" },
  };
  if (mode === "garbage") say({ id, type: "result", result: { product: "kyso", port: "1e9", agentKey: {} } });
  else say({ id, type: "result", result: results[method] ?? {} });
}
say(mode === "garbage" && process.env.FAKE_FIRST ? { whatever: [1, 2, 3] } : { host: { version: "0.1.0", extension: process.argv.at(-1) } });
