// The whole road with real parts: a page in Chromium, the agent, a token in
// SoftHSM2, a person at the agent's own window, and the verdict in the page.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as listen } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { screen } from "./person.mjs";
import { browse, build, dist, kysoProgram, prepareDist, root, siteProgram } from "./support.mjs";

const pin = "2468013579";
const module = "/usr/lib/softhsm/libsofthsm2.so";
const dir = join(build, "road");
const children = [];
let origin, port, person, env, browser, page;

const run = (program, ...args) => execFileSync(program, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** Starts a program that ends with the tests. */
function start(program, args, options) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env, ...options });
  children.push(child);
  child.log = "";
  child.stderr.on("data", (data) => (child.log += data));
  return child;
}

const line = (stream, wanted = /./) => new Promise((resolve, reject) => {
  const lines = createInterface({ input: stream });
  lines.on("line", (text) => wanted.test(text) && (resolve(text), lines.close(), stream.resume()));
  stream.on("close", () => reject(new Error(`ended without a line that has ${wanted}`)));
});

const freePort = () => new Promise((resolve) => {
  const server = listen().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Waits until what returns something. */
async function until(what, description, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const found = await what();
    if (found) return found;
  }
  assert.fail(`waited ${seconds} s in vain for ${description}`);
}

const windows = () => {
  try {
    return run("xdotool", "search", "--onlyvisible", "--name", "ký số").trim().split("\n").filter(Boolean);
  } catch {
    return [];
  }
};

/** Waits for the agent's window and gives it the keyboard. */
async function consentWindow() {
  const [id] = await until(() => windows().length && windows(), "the agent's window");
  run("xdotool", "windowfocus", "--sync", id);
}

/** Presses keys until the window takes them: what comes too soon does not count. */
async function answer(...keys) {
  for (let tries = 0; windows().length > 0 && tries < 10; tries++) {
    await sleep(1000); // a person takes longer
    person.press(...Array(20).fill("BackSpace"), ...keys);
    for (let i = 0; i < 30 && windows().length > 0; i++) await sleep(100);
  }
}

before(async () => {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(join(dir, "tokens"), { recursive: true });
  mkdirSync(join(dir, "home"));
  writeFileSync(join(dir, "softhsm2.conf"), `directories.tokendir = ${join(dir, "tokens")}\nobjectstore.backend = file\n`);
  env = { ...process.env, SOFTHSM2_CONF: join(dir, "softhsm2.conf"), LANG: "vi_VN.UTF-8", HOME: join(dir, "home") };
  for (const name of ["CONFIG_HOME", "STATE_HOME", "CACHE_HOME", "DATA_HOME", "RUNTIME_DIR"]) delete env[`XDG_${name}`];
  person = await screen(join(tmpdir(), `kyso-road-${process.pid}`));
  env.DISPLAY = person.display;
  env.DBUS_SESSION_BUS_ADDRESS = "unix:path=/dev/null"; // or a bus is started that outlives us
  delete env.WAYLAND_DISPLAY;

  prepareDist();
  port = await freePort();
  const site = start(siteProgram(), ["-out", dir, "-web", dist, "-agent", String(port)]);
  ({ origin } = JSON.parse(await line(site.stdout)));

  run("softhsm2-util", "--init-token", "--free", "--label", "Thẻ thử", "--so-pin", "87654321", "--pin", pin);
  run("softhsm2-util", "--import", join(dir, "person.key"), "--token", "Thẻ thử", "--label", "person", "--id", "01", "--pin", pin);
  for (const [name, id] of [["person", "01"], ["issuer", "02"]]) {
    run("pkcs11-tool", "--module", module, "--token-label", "Thẻ thử", "--login", "--pin", pin, "--write-object", join(dir, `${name}.crt`), "--type", "cert", "--id", id);
  }
  writeFileSync(join(dir, "policy.json"), JSON.stringify({ allowedOrigins: [origin], pkcs11Modules: [module], ports: [port] }));
  const agent = start(kysoProgram(), ["--policy", join(dir, "policy.json"), "agent", "--no-tray", "--trust", join(dir, "root.crt")]);
  await line(agent.stderr, /ws:\/\/127\.0\.0\.1/);
});

after(async () => {
  for (const child of children.reverse()) child.kill();
  person?.close();
  await Promise.all(children.map((c) => c.exitCode ?? c.signalCode ?? new Promise((resolve) => c.on("exit", resolve))));
});

beforeEach(async () => {
  browser = await browse();
  ({ page } = browser);
});
afterEach(() => browser.close());

const openSite = async () => {
  await page.goto(`${origin}/`);
  await page.locator("#agent-state[data-state=ready]").waitFor();
};
const button = (name, label) => page.locator(`#documents > li[data-name="${name}"]`).getByRole("button", { name: label });

test("sign with the token, download, and see the verdict in the page", async () => {
  await openSite();
  await button("cong-van.pdf", "Ký").click();
  await consentWindow();
  await answer(...pin, "Return");
  const verdict = page.locator("#result .verdict").first();
  await verdict.waitFor({ timeout: 30_000 });
  assert.equal(await verdict.getAttribute("data-verdict"), "pass");
  const shown = await page.locator("#result").innerText();
  for (const text of ["Nguyễn Văn Thử", "B-B"]) assert.ok(shown.includes(text), `${text} is not shown in ${shown}`);
  // The README's picture: KYSO_PICTURE=docs/demo.png npm test
  await page.setViewportSize({ width: 960, height: 860 });
  await page.screenshot({ path: process.env.KYSO_PICTURE ? join(root, process.env.KYSO_PICTURE) : join(build, "van-phong-da-ky.png") });

  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#download").click()]);
  const file = join(dir, "signed.pdf");
  await download.saveAs(file);
  const judged = run("pdfsig", "-nocert", file);
  assert.match(judged, /Signature is Valid/);
  assert.match(judged, /Total document signed/);
  assert.match(run(kysoProgram(), "verify", "--trust", join(dir, "root.crt"), "--evidence", await list("sub"), "--evidence", await list("root"), file), /TOTAL-PASSED/);
  assert.deepEqual(browser.complaints, []);
});

/** Fetches a revocation list the site publishes. */
async function list(name) {
  const file = join(dir, `${name}.crl`);
  const answer = await fetch(`${origin}/pki/crl/${name}.crl`);
  assert.equal(answer.status, 200);
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
  return file;
}

test("a refused consent signs nothing", async () => {
  await openSite();
  await button("quyet-dinh.pdf", "Ký").click();
  await consentWindow();
  await answer("Escape");
  await page.locator("#failure").waitFor();
  assert.match(await page.locator("#failure").innerText(), /từ chối/i);
  assert.equal(await page.locator("#download").count(), 0);
  const now = await (await fetch(`${origin}/api/documents/quyet-dinh.pdf`)).arrayBuffer();
  assert.ok(Buffer.from(now).equals(readFileSync(join(root, "testdata/documents/quyet-dinh.pdf"))));
});

test("a wrong PIN is one try and a clear message", async () => {
  await openSite();
  await button("hai-cot.pdf", "Ký").click();
  await consentWindow();
  await answer(..."1111", "Return");
  await page.locator("#failure").waitFor({ timeout: 30_000 });
  assert.match(await page.locator("#failure").innerText(), /PIN không đúng/);
  assert.equal(await page.locator("#download").count(), 0);
  await sleep(500);
  assert.deepEqual(windows(), [], "the person is not asked again by itself");
});

test("cancel in the page closes the window, and so does leaving the page", async () => {
  await openSite();
  await button("hai-cot.pdf", "Ký").click();
  await consentWindow();
  await page.locator("#cancel").click();
  await until(() => windows().length === 0, "the window to close after cancel");
  await button("hai-cot.pdf", "Ký").click();
  await consentWindow();
  await page.goto("about:blank");
  await until(() => windows().length === 0, "the window to close after leaving");
});

test("a page of a foreign origin is refused", async () => {
  const foreign = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<title>x</title>"));
  await new Promise((resolve) => foreign.listen(0, "127.0.0.1", resolve));
  try {
    await page.goto(`http://127.0.0.1:${foreign.address().port}/`);
    const outcome = await page.evaluate((port) => new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/kyso/v1`);
      socket.onopen = () => resolve("open");
      socket.onclose = ({ code }) => resolve(code);
    }), port);
    assert.equal(outcome, 1006);
    assert.deepEqual(windows(), []);
  } finally {
    foreign.closeAllConnections();
    foreign.close();
  }
});
