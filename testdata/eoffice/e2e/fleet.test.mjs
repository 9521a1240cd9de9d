// The extension as an administrator hands it out: the browser is told by policy
// to install it, fetches the package, checks it and runs it on the sites built
// into it, without a click of anybody's.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { chromiumWith, until } from "./direct.mjs";
import { present } from "./extension.mjs";
import { bundle, serve } from "./support.mjs";

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
    bundle("-extension", "-pack", "-out", mine, "-version", "9.8.7-6-g0123abc", "-key", key, "-update-url", server.origin, "-sites", sites.join(" "));
    const policy = JSON.parse(readFileSync(join(served, "policy", "chrome.json"), "utf8"));
    const [id] = Object.keys(policy.ExtensionSettings);
    assert.match(id, /^[a-p]{32}$/);
    // Otherwise nothing can look into an extension that a policy has installed.
    const context = await launch(mine, { ...policy, DeveloperToolsAvailability: 1 });
    try {
      const page = await installed(context, id);
      // The settings come a moment after the extension.
      await until(() => page.evaluate(async () => (await chrome.storage.managed.get("sites")).sites), "the settings");
      const seen = await page.evaluate(async (origins) => ({
        version: chrome.runtime.getManifest().version,
        sites: (await chrome.storage.managed.get("sites")).sites,
        allowed: await chrome.permissions.contains({ origins }),
        others: await chrome.permissions.contains({ origins: ["https://example.com/*"] }),
      }), sites.map((s) => `${s}/*`));
      assert.deepEqual(seen, { version: "9.8.7.6", sites, allowed: true, others: false });
      await context.route(/^https:\/\/(?:eoffice|khac)\.test\//, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>x</title>" }));
      await page.goto("https://eoffice.test/x");
      await page.waitForFunction(present, undefined, { timeout: 60_000 });
      await page.goto("https://khac.test/x");
      assert.equal(await page.evaluate(present), false);
    } finally {
      await context.close();
      await server.close();
    }
    assert.deepEqual(new Set(server.requests.map((r) => r.url.split("?")[0])), new Set(["/updates.xml", "/kyso-9.8.7.6.crx"]));
  });
}

test("Firefox ESR installs the package by policy where it need not be signed, and nobody is asked", { timeout: 180_000 }, async (t) => {
  const mine = join(folder, "firefox");
  const served = join(mine, "extension", "self-hosted");
  for (const name of ["extension/self-hosted", "profile", "home", "distribution"]) mkdirSync(join(mine, name), { recursive: true });
  const server = await serve(served);
  t.after(() => server.close());
  const key = join(mine, "key.pem");
  execFileSync("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key], { stdio: "ignore" });
  // Firefox takes no extension whose updates would come over http.
  bundle("-extension", "-pack", "-out", mine, "-version", "9.8.7", "-key", key, "-update-url", "https://it.test/kyso/", "-sites", sites[0]);
  const { policies } = JSON.parse(readFileSync(join(served, "policy", "firefox.json"), "utf8"));
  const settings = policies.ExtensionSettings["extension@kyso"];
  assert.equal(settings.install_url, "https://it.test/kyso/kyso-9.8.7.xpi");
  settings.install_url = `${server.origin}/kyso-9.8.7.xpi`;
  policies.Preferences = { "xpinstall.signatures.required": { Value: false, Status: "locked" } };
  writeFileSync(join(mine, "distribution", "policies.json"), JSON.stringify({ policies }));
  // In a mount of its own: the Firefoxes of others stay as they are.
  const script = 'mount --bind "$0" /usr/share/firefox-esr/distribution && exec "$@"';
  const child = spawn("unshare", [...(process.getuid() === 0 ? [] : ["--map-root-user"]), "--mount", "sh", "-c", script, join(mine, "distribution"),
    "firefox-esr", "--headless", "--no-remote", "--profile", join(mine, "profile"), "about:blank"],
  { stdio: "ignore", env: { ...process.env, HOME: join(mine, "home") } });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const read = (name) => {
    try {
      return JSON.parse(readFileSync(join(mine, "profile", name), "utf8"));
    } catch {
      return undefined; // not there yet, or half written
    }
  };
  try {
    const addon = await until(() => read("extensions.json")?.addons.find((a) => a.id === "extension@kyso"), "the extension", 90);
    assert.deepEqual([addon.version, addon.active], ["9.8.7", true]);
    const granted = await until(() => read("extension-preferences.json")?.["extension@kyso"], "its permissions", 60);
    assert.deepEqual(granted.origins, [`${sites[0]}/*`]);
  } finally {
    child.kill();
    await gone;
  }
});

/** A page of the extension, as soon as it is there; with what Chromium says of it. */
async function installed(context, id) {
  const about = await context.newPage();
  await about.goto("chrome://extensions");
  const { controlledInfo, userMayModify } = await until(() => about.evaluate(async (id) => {
    const all = await chrome.developerPrivate.getExtensionsInfo({});
    return all.find((e) => e.id === id && e.state === "ENABLED");
  }, id), "the extension", 60);
  assert.deepEqual([controlledInfo?.text, userMayModify], ["Installed by enterprise policy.", false]);
  const page = await context.newPage();
  await page.goto(`chrome-extension://${id}/options.html`);
  return page;
}

/** Starts Chromium with policies, which no other Chromium of this computer sees. */
async function launch(dir, policies) {
  return chromium.launchPersistentContext(join(dir, "profile"), {
    executablePath: chromiumWith(policies, dir),
    headless: true,
    ignoreDefaultArgs: ["--disable-extensions", "--disable-background-networking"], // which fetches them
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-component-update", "--disable-sync"],
  });
}
