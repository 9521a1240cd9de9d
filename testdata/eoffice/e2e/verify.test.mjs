// @kyso/verify as an integrator's page uses it, in a real Chromium.
import assert from "node:assert/strict";
import { cp, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { browse, build, dist, peakMemory, prepare, serve } from "./support.mjs";

let folder, server, browser, page;

before(async () => {
  prepare();
  // The packages and the documents on one site, with a bare page.
  folder = await mkdtemp(join(tmpdir(), "kyso-site-"));
  await symlink(dist, join(folder, "kyso"));
  await symlink(build, join(folder, "files"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>site</title><link rel=icon href=data:,><input type=file>");
  server = await serve(folder);
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  browser = await browse();
  ({ page } = browser);
  await open(server);
});
afterEach(() => browser.close());

// open shows the page, with the module and ways to get files.
async function open({ origin }) {
  await page.goto(`${origin}/`);
  await page.evaluate(async () => {
    window.kyso = await import("/kyso/verify/index.js");
    window.blob = async (name) => (await fetch(`/files/${name}`)).blob();
    window.bytes = async (name) => new Uint8Array(await (await blob(name)).arrayBuffer());
    window.code = (promise) => promise.then(() => "", (e) => (e instanceof kyso.VerifyError ? e.code : String(e)));
    window.full = async () => ({ trust: [await bytes("goc.crt")], evidence: { crls: [await bytes("cap.crl"), await bytes("goc.crl")] } });
  });
}

test("a Blob, a Uint8Array and an ArrayBuffer give one verdict, without initialize", async () => {
  const verdicts = await page.evaluate(async () => {
    const data = await bytes("ky.pdf");
    const all = [await blob("ky.pdf"), data, data.buffer, new Blob([data]), new File([data], "tên.pdf")];
    const reports = await Promise.all(all.map(async (one) => kyso.verify(one, await full())));
    return reports.map((r) => `${r.verdict} ${r.file ?? ""}`);
  });
  assert.deepEqual(verdicts, [...Array(4).fill("TOTAL-PASSED "), "TOTAL-PASSED tên.pdf"]);
});

test("the moment to judge for is the caller's", async () => {
  const [now, later] = await page.evaluate(async () => {
    const data = await blob("ky.pdf");
    const year = new Date().getFullYear();
    return [await kyso.verify(data, await full()), await kyso.verify(data, { ...(await full()), at: new Date(Date.UTC(year + 20, 0, 1)) })];
  });
  assert.equal(now.verdict, "TOTAL-PASSED");
  assert.equal(later.verdict, "INDETERMINATE");
  assert.ok(Date.parse(later.time) > Date.parse(now.time));
});

test("progress comes while the engine works, in options or apart", async () => {
  const counts = await page.evaluate(async () => {
    const data = await blob("lon.pdf");
    const seen = [[], []];
    await kyso.verify(data, { ...(await full()), onProgress: (p) => seen[0].push(p) });
    await kyso.verify(data, await full(), { onProgress: (p) => seen[1].push(p) });
    return seen.map((list) => ({ n: list.length, whole: list.at(-1)?.done === list.at(-1)?.total }));
  });
  for (const { n, whole } of counts) assert.ok(n > 1 && whole, `${n} calls`);
});

test("abort ends a running and a waiting job at once; the next one is served", async () => {
  const result = await page.evaluate(async () => {
    await kyso.initialize();
    const data = await blob("lon.pdf");
    const options = await full();
    const [a, b] = [new AbortController(), new AbortController()];
    const running = code(kyso.verify(data, { ...options, signal: a.signal, onProgress: () => a.abort() }));
    const waiting = code(kyso.verify(data, options, { signal: b.signal }));
    const next = kyso.verify(data, options);
    b.abort();
    const first = await Promise.race([waiting.then(() => "waiting"), running.then(() => "running")]);
    const early = await code(kyso.verify(data, { signal: AbortSignal.abort() }));
    return [first, await running, await waiting, early, (await next).verdict];
  });
  assert.deepEqual(result, ["waiting", "CANCELLED", "CANCELLED", "CANCELLED", "TOTAL-PASSED"]);
});

test("initialize: once, retryable, and its addresses can be given", async () => {
  const result = await page.evaluate(async () => {
    const missing = await code(kyso.initialize({ wasmURL: "/nowhere/kyso.wasm" }));
    const stillMissing = await code(kyso.verify(await blob("ky.pdf")));
    const noWorker = await code(kyso.initialize({ workerURL: "/nowhere/worker.js" }));
    const there = await code(kyso.initialize({ wasmURL: "/kyso/verify/kyso.wasm", workerURL: "/kyso/verify/worker.js" }));
    const again = await code(kyso.initialize({ wasmURL: "/kyso/verify/kyso.wasm", workerURL: "/kyso/verify/worker.js" }));
    const other = await code(kyso.initialize({ wasmURL: "/elsewhere/kyso.wasm" }));
    return [missing, stillMissing, noWorker, there, again, other];
  });
  assert.deepEqual(result, ["ENGINE_UNAVAILABLE", "ENGINE_UNAVAILABLE", "ENGINE_UNAVAILABLE", "", "", "ALREADY_INITIALIZED"]);
});

test("a server that does not know wasm's type still serves the engine", async () => {
  const plain = await serve(folder, { wasmType: "application/octet-stream" });
  try {
    await open(plain);
    assert.equal(await page.evaluate(async () => (await kyso.verify(await blob("ky.pdf"), await full())).verdict), "TOTAL-PASSED");
  } finally {
    await plain.close();
  }
});

test("errors carry cause and remedy in the language asked for", async () => {
  const errors = await page.evaluate(async () => {
    const one = (promise) => promise.catch(({ code, message, remedy, messages, name }) => ({ code, message, remedy, vi: messages.vi, name }));
    return [
      await one(kyso.verify(await blob("khong-phai-pdf.pdf"))),
      await one(kyso.verify(await blob("khong-phai-pdf.pdf"), { language: "en" })),
      await one(kyso.verify("not bytes")),
      await one(kyso.verify(await blob("ky.pdf"), { at: new Date(NaN) })),
      await one(kyso.verify(await blob("ky.pdf"), { trust: [new Uint8Array([1])] })),
    ];
  });
  assert.deepEqual(errors.map((e) => e.code), ["NOT_A_PDF", "NOT_A_PDF", "BAD_REQUEST", "BAD_REQUEST", "BAD_EVIDENCE"]);
  assert.equal(errors[0].message, errors[0].vi);
  assert.equal(errors[1].message, "This file is not a PDF.");
  assert.ok(errors.every((e) => e.name === "VerifyError" && e.remedy));
});

test("a document that is no longer there is said to be unreadable", async () => {
  // A file that is exchanged after it was picked. The browser tells that by
  // the second of its last change, so the first one is an old file.
  const gone = join(folder, "mat.pdf");
  await cp(join(build, "ky.pdf"), gone);
  await utimes(gone, 1e9, 1e9);
  await page.setInputFiles("input", gone);
  await writeFile(gone, "something else");
  assert.equal(await page.evaluate(() => code(kyso.verify(document.querySelector("input").files[0]))), "FILE_UNREADABLE");
  assert.equal(await page.evaluate(async () => (await kyso.verify(await blob("ky.pdf"), await full())).verdict), "TOTAL-PASSED");
});

test("the worker has no network", async () => {
  const found = await page.evaluate(async () => {
    // The worker's own script, then a question to the scope it leaves.
    const source = `import "${location.origin}/kyso/verify/worker.js"; postMessage(["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "importScripts"].filter((n) => globalThis[n] !== undefined));`;
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })), { type: "module" });
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (e) => reject(new Error(e.message));
    });
  });
  assert.deepEqual(found, []);
});

test("memory does not grow with the document", async () => {
  await page.setInputFiles("input", join(build, "lon.pdf"));
  const judge = (small) => page.evaluate(async (small) => {
    const document_ = small ? await blob("ky.pdf") : document.querySelector("input").files[0];
    return (await kyso.verify(document_, await full())).verdict;
  }, small);
  assert.equal(await judge(true), "TOTAL-PASSED");
  const before = await peakMemory(browser.profile);
  for (let i = 0; i < 3; i++) assert.equal(await judge(false), "TOTAL-PASSED");
  const grown = (await peakMemory(browser.profile)) - before;
  // Twice 300 MiB pass through, for the digest and for objects in the shadow of
  // others. The engine keeps 6 of them; the browser collects the pieces it read
  // when it sees fit, some two hundred later.
  assert.ok(grown < 300 << 20, `grew by ${grown >> 20} MiB`);
});
