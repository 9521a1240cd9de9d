// The shipped engine and worker under Node, without a browser around them.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { build, dist, prepare } from "./support.mjs";

let worker;
const read = (name) => readFile(join(build, name)).then((b) => new Uint8Array(b));

// ask sends one message and collects the messages up to the answer.
function ask(message) {
  const seen = [];
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    const listen = (data) => {
      seen.push(data);
      if (data.type === "progress") return;
      worker.off("message", listen);
      worker.off("error", reject);
      resolve({ ...data, progress: seen.filter((m) => m.type === "progress") });
    };
    worker.on("message", listen);
    worker.postMessage(message);
  });
}

const options = (more = {}) => ({ at: Date.now(), trust: [], certificates: [], crls: [], ocsps: [], ...more });

async function judge(name, more) {
  const answer = await ask({ type: "verify", source: await read(name), options: options(more) });
  assert.equal(answer.type, "answer", answer.detail);
  return { ...JSON.parse(answer.json), progress: answer.progress };
}

const full = async () => options({ trust: [await read("goc.crt")], crls: [await read("cap.crl"), await read("goc.crl")] });

before(async () => {
  prepare();
  worker = new Worker(new URL("./node-worker.mjs", import.meta.url), { workerData: join(dist, "verify", "worker.js") });
  const module = await WebAssembly.compile(await readFile(join(dist, "verify", "kyso.wasm")));
  assert.equal((await ask({ type: "start", module })).type, "ready");
});
after(() => worker.terminate());

test("a signed document with anchor and lists passes", async () => {
  const report = await judge("ky.pdf", await full());
  assert.equal(report.verdict, "TOTAL-PASSED", JSON.stringify(report.reason));
  assert.equal(report.signatures.length, 1);
  assert.ok(report.signatures[0].trusted);
});

test("the OCSP response serves as well as the list", async () => {
  const report = await judge("ky.pdf", { ...(await full()), crls: [await read("goc.crl")], ocsps: [await read("ky.ocsp")] });
  assert.equal(report.verdict, "TOTAL-PASSED", JSON.stringify(report.reason));
  assert.equal(report.signatures[0].revocation.source, "ocsp");
});

test("without an anchor nothing is trusted, and the signature is still intact", async () => {
  const report = await judge("ky.pdf");
  assert.equal(report.verdict, "INDETERMINATE");
  assert.ok(report.reason.vi && report.reason.en);
  const [one] = report.signatures;
  assert.deepEqual([one.intact, one.valid, one.trusted], [true, true, false]);
});

test("without revocation information the verdict is open", async () => {
  assert.equal((await judge("ky.pdf", { trust: [await read("goc.pem")] })).verdict, "INDETERMINATE");
});

test("two signatures pass", async () => {
  const report = await judge("ky-hai-lan.pdf", await full());
  assert.deepEqual(report.signatures.map((s) => s.verdict), ["TOTAL-PASSED", "TOTAL-PASSED"]);
  assert.deepEqual(report.signatures.map((s) => s.coverage), ["revision", "whole-file"]);
});

test("a changed document and a revoked signer fail", async () => {
  const changed = await judge("bi-sua.pdf", await full());
  assert.deepEqual([changed.verdict, changed.signatures[0].intact], ["TOTAL-FAILED", false]);
  const revoked = await judge("thu-hoi.pdf", await full());
  assert.notEqual(revoked.verdict, "TOTAL-PASSED");
  assert.equal(revoked.signatures[0].revocation.status, "revoked");
});

test("progress counts up to all bytes", async () => {
  const { progress, verdict } = await judge("lon.pdf", await full());
  assert.equal(verdict, "TOTAL-PASSED");
  assert.ok(progress.length > 1);
  const last = progress.at(-1);
  assert.equal(last.done, last.total);
  assert.ok(progress.every((p, i) => i === 0 || p.done >= progress[i - 1].done));
});

test("what is no signed PDF says so, and the engine lives on", async () => {
  for (const [name, code] of [["khong-phai-pdf.pdf", "NOT_A_PDF"], ["cat-cut.pdf", "DAMAGED_PDF"]]) {
    const answer = await ask({ type: "verify", source: await read(name), options: options() });
    assert.deepEqual([name, answer.type, answer.code], [name, "failure", code]);
    assert.ok(answer.detail);
  }
  assert.equal((await ask({ type: "verify", source: new Uint8Array(), options: options() })).code, "NOT_A_PDF");
  assert.equal((await judge("cong-van.pdf")).verdict, "INDETERMINATE");
  assert.equal((await judge("ma-hoa.pdf")).verdict, "INDETERMINATE");
  assert.equal((await judge("ky.pdf", await full())).verdict, "TOTAL-PASSED");
});

test("wrong calls and unreadable anchors are refused", async () => {
  const source = await read("ky.pdf");
  for (const [what, code] of [
    [options({ at: NaN }), "BAD_REQUEST"], [options({ at: undefined }), "BAD_REQUEST"], [options({ trust: "x" }), "BAD_REQUEST"],
    [options({ crls: [1] }), "BAD_REQUEST"], [options({ trust: [new Uint8Array([1, 2, 3])] }), "BAD_EVIDENCE"],
    [options({ ocsps: [new Uint8Array((64 << 20) + 1)] }), "TOO_LARGE"],
  ]) {
    assert.equal((await ask({ type: "verify", source, options: what })).code, code);
  }
  // A list that cannot be read proves nothing, and is no reason not to look.
  assert.equal((await judge("ky.pdf", { ...(await full()), crls: [new Uint8Array([0x30, 0])] })).verdict, "INDETERMINATE");
});

test("files of evidence are told apart by content", async () => {
  const inspect = async (name) => JSON.parse((await ask({ type: "inspect", file: await read(name) })).json);
  const [goc] = (await inspect("goc.crt")).certificates;
  assert.ok(goc.ca && goc.selfIssued && /^[0-9a-f]{64}$/.test(goc.sha256));
  assert.equal((await inspect("goc.pem")).certificates[0].sha256, goc.sha256);
  const [cap] = (await inspect("cap.crt")).certificates;
  assert.deepEqual([cap.ca, cap.selfIssued, cap.issuer], [true, false, goc.subject]);
  assert.equal((await inspect("nguoi.crt")).certificates[0].ca, false);
  assert.equal((await inspect("cap.crl")).issuer, cap.subject);
  assert.equal((await inspect("goc.crl")).kind, "crl");
  assert.equal((await inspect("ky.ocsp")).kind, "ocsp");
  assert.equal((await inspect("ky.pdf")).kind, "pdf");
  assert.equal((await inspect("khong-phai-pdf.pdf")).kind, "unknown");
});

// The corpus of signed files, where it stands beside the tree: no panic, and
// every list of the report is a list.
test("no foreign file brings the engine down", async (t) => {
  const folder = new URL("../../../../shared/corpus/pyhanko/pdf/", import.meta.url);
  const names = await readdir(folder).catch(() => undefined);
  if (!names) return t.skip("../shared/corpus is not here");
  for (const name of names.filter((n) => n.endsWith(".pdf"))) {
    const answer = await ask({ type: "verify", source: new Uint8Array(await readFile(new URL(name, folder))), options: options() });
    if (answer.type === "failure") assert.notEqual(answer.code, "INTERNAL", `${name}: ${answer.detail}`);
    else {
      const report = JSON.parse(answer.json);
      assert.notEqual(report.verdict, "TOTAL-PASSED", name);
      assert.ok([report.signatures, report.warnings, ...report.signatures.flatMap((s) => [s.changes, s.warnings])].every(Array.isArray), name);
    }
  }
});
