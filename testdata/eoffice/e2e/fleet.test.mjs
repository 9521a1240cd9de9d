// The extension as an administrator hands it out: Chromium is told by policy to
// install it, fetches the update manifest and the package, checks the signature
// and runs it on the sites built into it, without a click of anybody's.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { root, serve } from "./support.mjs";

const sites = ["https://eoffice.test", "http://127.0.0.1:8443"];
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "kyso-fleet-"));
});
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

// Both kinds of key that an extension can be signed with.
for (const [name, algorithm, option] of [["rsa", "RSA", "rsa_keygen_bits:2048"], ["p256", "EC", "ec_paramgen_curve:P-256"]]) {
  test(`Chromium installs the package signed with ${name} by policy, and nobody is asked`, { timeout: 120_000 }, async () => {
    const mine = join(folder, name);
    const served = join(mine, "extension", "self-hosted");
    mkdirSync(served, { recursive: true });
    const server = await serve(served);
    const key = join(mine, "key.pem");
    execFileSync("openssl", ["genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", key], { stdio: "ignore" });
    execFileSync("go", ["run", "./webext/bundle", "-extension", "-pack", "-out", mine, "-version", "9.8.7-6-g0123abc",
      "-key", key, "-update-url", server.origin, "-sites", sites.join(" ")], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    const policy = JSON.parse(readFileSync(join(served, "policy", "chrome.json"), "utf8"));
    const [id] = Object.keys(policy.ExtensionSettings);
    assert.match(id, /^[a-p]{32}$/);
    // Otherwise nothing can look into an extension that a policy has installed.
    const browser = await launch(join(mine, "profile"), { ...policy, DeveloperToolsAvailability: 1 });
    try {
      const page = await installed(browser.context, id);
      // The settings come a moment after the extension.
      await until(() => page.evaluate(async () => (await chrome.storage.managed.get("sites")).sites));
      const seen = await page.evaluate(async (origins) => ({
        version: chrome.runtime.getManifest().version,
        sites: (await chrome.storage.managed.get("sites")).sites,
        allowed: await chrome.permissions.contains({ origins }),
        others: await chrome.permissions.contains({ origins: ["https://example.com/*"] }),
      }), sites.map((s) => `${s}/*`));
      assert.deepEqual(seen, { version: "9.8.7.6", sites, allowed: true, others: false });
    } finally {
      await browser.close();
      await server.close();
    }
    assert.deepEqual(new Set(server.requests.map((r) => r.url.split("?")[0])), new Set(["/updates.xml", "/kyso-9.8.7.6.crx"]));
  });
}

/** What look gives, once that is something. */
async function until(look) {
  for (let tries = 0; tries < 300; tries++) {
    const found = await look();
    if (found) return found;
    await sleep(200);
  }
  throw new Error("waited in vain");
}

/** A page of the extension, as soon as it is there; with what Chromium says of it. */
async function installed(context, id) {
  const about = await context.newPage();
  await about.goto("chrome://extensions");
  const { controlledInfo, userMayModify } = await until(() => about.evaluate(async (id) => {
    const all = await chrome.developerPrivate.getExtensionsInfo({});
    return all.find((e) => e.id === id && e.state === "ENABLED");
  }, id));
  assert.deepEqual([controlledInfo?.text, userMayModify], ["Installed by enterprise policy.", false]);
  const page = await context.newPage();
  await page.goto(`chrome-extension://${id}/options.html`);
  return page;
}

/** Starts Chromium with policies, which no other Chromium of this computer sees where the system has mount namespaces. */
async function launch(profile, policies) {
  const etc = join(profile, "..", "etc");
  const managed = join(etc, "policies", "managed");
  mkdirSync(managed, { recursive: true });
  const text = JSON.stringify(policies);
  writeFileSync(join(managed, "kyso.json"), text);
  let program = join(etc, "chromium");
  let clean = () => {};
  const root = process.getuid() === 0 ? [] : ["--user", "--map-root-user"];
  try {
    execFileSync("unshare", [...root, "--mount", "mount", "--bind", etc, "/etc/chromium"], { stdio: "ignore" });
    writeFileSync(program, `#!/bin/sh
exec unshare ${root.join(" ")} --mount sh -c 'mount --bind "$0" /etc/chromium && exec /usr/bin/chromium "$@"' '${etc}' "$@"
`, { mode: 0o755 });
  } catch (error) {
    if (root.length) throw new Error("only root, or a user with namespaces of his own, can set policies for Chromium", { cause: error });
    program = "/usr/bin/chromium";
    const file = `/etc/chromium/policies/managed/kyso-test-${process.pid}.json`;
    mkdirSync("/etc/chromium/policies/managed", { recursive: true });
    writeFileSync(file, text);
    clean = () => rmSync(file, { force: true });
    process.once("exit", clean);
  }
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: program,
      headless: true,
      ignoreDefaultArgs: ["--disable-extensions", "--disable-background-networking"],
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-component-update", "--disable-sync"],
    });
    return { context, close: () => context.close().finally(clean) };
  } catch (error) {
    clean();
    throw error;
  }
}
