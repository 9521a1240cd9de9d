// The direct road in Firefox: Debian's ESR, from the same public pages.
import assert from "node:assert/strict";
import { connect as dial, createServer } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { freePort, host, other, startDirect, tryConnect, tryDiagnose, trySign, until } from "./direct.mjs";
import { browseFirefox } from "./firefox.mjs";

let world, browser;
before(async () => (world = await startDirect()));
after(() => world?.close());
afterEach(() => browser?.close());

/** Opens Firefox; strict is how it guards this computer's network when told to. */
async function open(path, { strict = false, prefs = {}, at = world.origin } = {}) {
  browser = await browseFirefox({
    "network.dns.localDomains": `${host},${other}`,
    ...(strict && {
      "network.lna.enabled": true, "network.lna.blocking": true, "network.lna.websocket.enabled": true,
      "network.lna.address_space.public.override": `127.0.0.1:${world.securePort}`,
    }),
    ...prefs,
  });
  await browser.goto(at + path);
  if (path !== "/frames") await loaded();
}
const loaded = (frame) => until(() => browser.evaluate(() => Boolean(globalThis.kyso), undefined, frame).catch(() => false), "the page's module");

test("as it is shipped: a document is signed, and an absent agent is told apart", async () => {
  await open("/probe");
  assert.deepEqual(await browser.evaluate(trySign, { port: world.port }), { name: "cong-van.pdf", holder: "Nguyễn Văn Thử", grown: true, same: true });
  const { ready, secure, framed } = await browser.evaluate(tryDiagnose, { port: world.port });
  assert.deepEqual([ready, secure, framed], [true, true, false]);
  // Firefox has the permission, and does not ask for it: nobody is there.
  assert.equal((await browser.evaluate(tryConnect, { port: await freePort() })).code, "AGENT_NOT_FOUND");
  // The keys are kept: the same page again, after a visit elsewhere.
  await browser.goto(`${world.origin}/probe`);
  await loaded();
  assert.deepEqual(await browser.evaluate(tryConnect, { port: world.port }), { code: "OK" });
});

test("guarding the local network: while it asks, permission is needed; a listed site needs none", async () => {
  await open("/probe", { strict: true });
  const told = await browser.evaluate(tryConnect, { port: world.port, timeout: 4000 });
  assert.equal(told.code, "PERMISSION_NEEDED");
  await browser.close();
  // What the policy LocalNetworkAccess.SkipDomains sets.
  await open("/probe", { strict: true, prefs: { "network.lna.skip-domains": host } });
  assert.deepEqual(await browser.evaluate(tryConnect, { port: world.port }), { code: "OK" });
});

test("guarding the local network: a frame needs allow", async () => {
  await open("/frames", { strict: true, at: world.stranger });
  for (const frame of [0, 1]) await loaded(frame);
  const told = await browser.evaluate(tryConnect, { port: world.port }, 0);
  assert.deepEqual([told.code, told.cause], ["BLOCKED", "permissions-policy"]);
  assert.equal((await browser.evaluate(tryConnect, { port: world.port, timeout: 4000 }, 1)).code, "PERMISSION_NEEDED");
});

test("what can never connect is told apart", async () => {
  await open("/csp");
  const csp = await browser.evaluate(tryConnect, { port: world.port });
  assert.deepEqual([csp.code, csp.cause], ["BLOCKED", "content-security-policy"]);
  await browser.goto(`http://${host}:${world.httpPort}/probe`);
  await loaded();
  const plain = await browser.evaluate(tryConnect, { port: world.port });
  assert.deepEqual([plain.code, plain.cause], ["BLOCKED", "insecure-page"]);
});

test("a connection that drops is taken up again", async () => {
  // A proxy between Firefox and the agent cuts the first connection in the
  // middle of the upload, and the second in the middle of the download.
  const enough = 5 << 20; // bytes, of 60 MB
  let connections = 0;
  const proxy = createServer((socket) => socket.once("data", (data) => {
    const [, to] = /^CONNECT 127\.0\.0\.1:(\d+) /.exec(String(data)) ?? [];
    if (Number(to) !== world.port) return socket.destroy(); // the browser's own
    const nth = ++connections;
    const onward = dial(world.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    const cutAfter = (stream) => {
      let passed = 0;
      stream.on("data", ({ length }) => (passed += length) > enough && (socket.destroy(), onward.destroy()));
    };
    if (nth === 1) cutAfter(socket);
    if (nth === 2) cutAfter(onward);
    for (const [one, another] of [[socket, onward], [onward, socket]]) one.on("error", () => another.destroy()).on("close", () => another.destroy());
  }));
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = proxy.address();
    await open("/probe", { prefs: {
      "network.proxy.type": 1, "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": port, "network.proxy.allow_hijacking_localhost": true,
      "network.proxy.no_proxies_on": `${host}`,
    } });
    const result = await browser.evaluate(async ({ port }) => {
      let asked = 0;
      try {
        const agent = await globalThis.kyso.connect({ ports: [port] });
        const blob = await (await fetch("/lon.pdf")).blob();
        const signed = await agent.sign({ blob, name: "lon.pdf" }, {}, { onProgress: ({ stage }) => stage === "waiting-for-person" && asked++ });
        agent.close();
        return { name: signed.name, grown: signed.size > blob.size, same: signed.blob.size === signed.size, asked };
      } catch ({ code, message }) {
        return { code, message };
      }
    }, { port: world.port });
    assert.deepEqual(result, { name: "lon.pdf", grown: true, same: true, asked: 1 });
    assert.equal(connections, 3);
  } finally {
    await browser.close();
    browser = undefined;
    proxy.close();
  }
});
