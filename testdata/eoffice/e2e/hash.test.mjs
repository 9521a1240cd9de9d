// Pages that have digests signed, in Chromium with the extension, a real agent
// and token: hwcrypto.js as it is published, and the messages of web-eid.js.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "./direct.mjs";
import { browseChromium, present, startWorld } from "./extension.mjs";

const hwcrypto = readFileSync(fileURLToPath(new URL("node_modules/hwcrypto-js/hwcrypto.js", import.meta.url)), "utf8");
const data = Buffer.from("Quyết định số 12/QĐ-UBND");
const digest = (name) => createHash(name.replace("-", "").toLowerCase()).update(data).digest();

let world, browser, page;
before(async () => (world = await startWorld({ policy: ({ origin }) => ({ hashSigningOrigins: [origin] }) })));
after(() => world?.close());
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

/** Opens a page that loads hwcrypto.js, of the site or of another that the extension runs on as well. */
async function open(at = world.origin) {
  browser = await browseChromium(world);
  ({ page } = browser);
  await page.route(`${at}/bam`, (route) => route.fulfill({ contentType: "text/html", body: '<!doctype html><title>x</title><script src="/hwcrypto.js"></script>' }));
  await page.route(`${at}/hwcrypto.js`, (route) => route.fulfill({ contentType: "text/javascript", body: hwcrypto }));
  await page.goto(`${at}/bam`);
  await page.waitForFunction(present);
}

/** Waits until the scripts of such pages are registered, which the agent's answer brings about, and loads the page anew. */
async function ready() {
  await page.waitForFunction(() => typeof globalThis.TokenSigning === "function");
  await page.reload();
}

const getCertificate = () => globalThis.hwcrypto.getCertificate({ lang: "en" }).then((c) => c.hex, (e) => e.message);
const sign = ({ certificate, type, hex }) => globalThis.hwcrypto.sign({ hex: certificate }, { type, value: Uint8Array.from(hex.match(/../g), (b) => parseInt(b, 16)) }, { lang: "en" })
  .then((s) => ({ hex: s.hex, bytes: s.value.length }), (e) => ({ error: e.message }));

/** openssl finds the signature of data good with the certificate's key. */
function assertSigned(certificate, signature, name) {
  const at = (file) => join(world.dir, file);
  const openssl = (...args) => execFileSync("openssl", args, { encoding: "utf8" });
  writeFileSync(at("c.der"), certificate);
  writeFileSync(at("data"), data);
  writeFileSync(at("key.pem"), openssl("x509", "-inform", "DER", "-in", at("c.der"), "-noout", "-pubkey"));
  const ec = openssl("pkey", "-pubin", "-in", at("key.pem"), "-noout", "-text").includes("prime256v1");
  writeFileSync(at("signature"), ec ? ecdsa(signature) : signature);
  assert.match(openssl("dgst", `-${name.replace("-", "").toLowerCase()}`, "-verify", at("key.pem"), "-signature", at("signature"), at("data")), /Verified OK/);
  return ec ? "ECC" : "RSA";
}

/** r and s side by side as openssl reads them: a SEQUENCE of two INTEGERs. */
function ecdsa(raw) {
  assert.equal(raw.length, 64);
  const integers = [raw.subarray(0, 32), raw.subarray(32)].map((n) => {
    let from = 0;
    while (from < 31 && n[from] === 0) from++;
    const value = n[from] < 0x80 ? n.subarray(from) : Buffer.concat([Buffer.of(0), n.subarray(from)]);
    return Buffer.concat([Buffer.of(2, value.length), value]);
  });
  return Buffer.concat([Buffer.of(0x30, integers[0].length + integers[1].length), ...integers]);
}

test("hwcrypto.js signs, and the person may refuse", async () => {
  await open();
  await ready();
  const certificate = await page.evaluate(getCertificate);
  assert.match(certificate, /^3082[0-9a-f]+$/);
  for (const type of ["SHA-256", "SHA-512"]) {
    const signing = page.evaluate(sign, { certificate, type, hex: digest(type).toString("hex") });
    await world.agree();
    const { hex, bytes } = await signing;
    assert.equal(bytes, 256);
    assertSigned(Buffer.from(certificate, "hex"), Buffer.from(hex, "hex"), type);
  }
  const refused = page.evaluate(sign, { certificate, type: "SHA-256", hex: digest("SHA-256").toString("hex") });
  await world.agree("Escape");
  assert.deepEqual(await refused, { error: "user_cancel" });
});

test("hwcrypto.js is told what is wrong, and nobody is asked", async () => {
  await open();
  await ready();
  const certificate = await page.evaluate(getCertificate);
  const hex = digest("SHA-256").toString("hex");
  for (const [asked, error] of [
    [{ certificate, type: "SHA-1", hex: hex.slice(0, 40) }, "invalid_argument"],
    [{ certificate, type: "SHA-384", hex }, "invalid_argument"],
    [{ certificate: "3082", type: "SHA-256", hex }, "no_certificates"],
    [{ certificate: "khong", type: "SHA-256", hex }, "invalid_argument"],
  ]) assert.deepEqual(await page.evaluate(sign, asked), { error }, JSON.stringify(asked).slice(-40));
  assert.equal(await page.evaluate(() => globalThis.hwcrypto.getCertificate({ filter: "AUTH" }).catch((e) => e.message)), "not_allowed");
  assert.match(await page.evaluate(() => globalThis.hwcrypto.debug()), /with Chrome native messaging extension Kyso/);
  assert.deepEqual(world.windows(), []);
});

/** Asks the way web-eid.js does: one message, an acknowledgement within a second, one answer. */
const webEid = ({ wait = 60_000, ...message }) => new Promise((resolve) => {
  const seen = [];
  const end = setTimeout(() => resolve(seen), wait);
  addEventListener("message", ({ data }) => {
    if (data === null || typeof data !== "object" || data.action === message.action || !String(data.action).startsWith("web-eid:")) return;
    seen.push(data);
    if (/-(success|failure)$/.test(data.action)) {
      clearTimeout(end);
      resolve(seen);
    }
  });
  postMessage(message, "*");
});

test("the messages of web-eid.js", async () => {
  await open();
  await ready();
  const [ack, status] = await page.evaluate(webEid, { action: "web-eid:status", libraryVersion: "2.1.0" });
  assert.deepEqual(ack, { action: "web-eid:status-ack" });
  assert.deepEqual([status.action, status.library, typeof status.extension, typeof status.nativeApp], ["web-eid:status-success", "2.1.0", "string", "string"]);

  const [, { certificate, supportedSignatureAlgorithms }] = await page.evaluate(webEid, { action: "web-eid:get-signing-certificate", libraryVersion: "2.1.0", options: { lang: "en" } });
  assert.deepEqual(supportedSignatureAlgorithms, ["SHA-256", "SHA-384", "SHA-512"].map((hashFunction) => ({ hashFunction, cryptoAlgorithm: "RSA", paddingScheme: "PKCS1.5" })));

  const asked = { action: "web-eid:sign", libraryVersion: "2.1.0", certificate, hash: digest("SHA-384").toString("base64"), hashFunction: "SHA-384", options: { lang: "en" } };
  const signing = page.evaluate(webEid, asked);
  await world.agree();
  const [signAck, signed] = await signing;
  assert.deepEqual(signAck, { action: "web-eid:sign-ack" });
  assert.deepEqual([signed.action, signed.signatureAlgorithm], ["web-eid:sign-success", { hashFunction: "SHA-384", cryptoAlgorithm: "RSA", paddingScheme: "PKCS1.5" }]);
  assertSigned(Buffer.from(certificate, "base64"), Buffer.from(signed.signature, "base64"), "SHA-384");

  const refused = page.evaluate(webEid, asked);
  await world.agree("Escape");
  assert.deepEqual((await refused).map(({ action, error }) => [action, error?.code]), [["web-eid:sign-ack", undefined], ["web-eid:sign-failure", "ERR_WEBEID_USER_CANCELLED"]]);

  for (const [message, code, text] of [
    [{ action: "web-eid:authenticate", challengeNonce: "x".repeat(44) }, "ERR_WEBEID_NATIVE_FATAL", /does not support authentication/],
    [{ ...asked, hash: "AAAA" }, "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", /SHA-384/],
    [{ ...asked, hash: "!" }, "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", /base64/],
    [{ ...asked, hashFunction: "SHA3-256" }, "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", /SHA3-256/],
  ]) {
    const [, failure] = await page.evaluate(webEid, message);
    assert.deepEqual([failure.action, failure.error.code], [`${message.action}-failure`, code]);
    assert.match(failure.error.message, text);
  }
  // A page that gives the person no time gets no signature after it has given up.
  const late = page.evaluate(webEid, { ...asked, options: { userInteractionTimeout: 3000 } });
  await world.asked();
  assert.equal((await late)[1].error.code, "ERR_WEBEID_USER_TIMEOUT");
  await until(() => world.windows().length === 0, "the window to close");
});

test("of two certificates the person chooses one, and an EC key signs as well", async () => {
  const at = (file) => join(world.dir, file);
  const run = (program, ...args) => execFileSync(program, args, { env: world.env, stdio: "ignore" });
  run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Co quan Thu/O=So Thi du",
    "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature,nonRepudiation", "-keyout", at("ec.key"), "-out", at("ec.crt"), "-outform", "DER");
  const pin = "2468013579";
  run("softhsm2-util", "--import", at("ec.key"), "--token", "Thẻ thử", "--label", "agency", "--id", "03", "--pin", pin);
  run("pkcs11-tool", "--module", "/usr/lib/softhsm/libsofthsm2.so", "--token-label", "Thẻ thử", "--login", "--pin", pin, "--write-object", at("ec.crt"), "--type", "cert", "--id", "03");
  await open();
  await ready();
  const nobody = page.evaluate(getCertificate);
  await page.getByRole("dialog", { name: "Choose the certificate to sign with" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await nobody, "user_cancel");
  assert.equal(await page.getByRole("dialog").count(), 0);

  const choosing = page.evaluate(getCertificate);
  await page.getByRole("button", { name: "Co quan Thu" }).click();
  const certificate = await choosing;
  assert.equal(certificate, readFileSync(at("ec.crt")).toString("hex"));
  const signing = page.evaluate(sign, { certificate, type: "SHA-256", hex: digest("SHA-256").toString("hex") });
  await world.agree();
  assert.equal(assertSigned(Buffer.from(certificate, "hex"), Buffer.from((await signing).hex, "hex"), "SHA-256"), "ECC");
});

test("a site that no administrator has named gets nothing", async () => {
  await open(); // so that what is registered is registered
  await ready();
  await page.route(`${world.stranger}/**`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>x</title>" }));
  await page.goto(`${world.stranger}/x`);
  assert.equal(await page.evaluate(() => typeof globalThis.TokenSigning), "undefined");
  assert.deepEqual(await page.evaluate(webEid, { action: "web-eid:status", libraryVersion: "2.1.0", wait: 3000 }), []);
});
