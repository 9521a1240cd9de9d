// What the tests of the extension's checking share: the built extension, with
// the permissions a person would give, and a site with documents.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, createReadStream, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { browse, build, extensionFor, prepare, prepareExtension } from "./support.mjs";

export const folder = join(build, "panel");
/** The extension's id, which its public key fixes. */
export const id = "macengpdlehkbnphmgbiaalindljbkom";
export const own = (page) => `chrome-extension://${id}/${page}`;

/** Builds the extension and the documents. */
export function buildPanel() {
  prepare();
  prepareExtension();
  mkdirSync(folder, { recursive: true });
}

/** The extension as built for a browser, with a changed manifest: permissions that a person would be asked for cannot be given by a test. */
export function variant(name, change, browser = "chrome") {
  const to = join(folder, name);
  rmSync(to, { recursive: true, force: true });
  cpSync(extensionFor(browser), to, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(to, "manifest.json"), "utf8"));
  change(manifest);
  writeFileSync(join(to, "manifest.json"), JSON.stringify(manifest));
  return to;
}

/** Starts Chromium with the extension; worker runs functions in its background. */
export async function browsePanel(extension, { args = [], ...more } = {}) {
  const browser = await browse({
    args: [`--load-extension=${extension}`, `--disable-extensions-except=${extension}`, ...args],
    ignoreDefaultArgs: ["--disable-extensions"], ...more,
  });
  const worker = browser.context.serviceWorkers()[0] ?? (await browser.context.waitForEvent("serviceworker"));
  // Right after its start the worker may not have run its script.
  await worker.evaluate(() => new Promise((resolve) => chrome.storage.local.get(null, resolve)));
  const badge = (tabId) => worker.evaluate(async (tabId) => [await chrome.action.getBadgeText({ tabId }), await chrome.action.getTitle({ tabId })], tabId);
  return { ...browser, worker, badge, tab: (url) => worker.evaluate(async (url) => (await chrome.tabs.query({})).find((t) => t.url === url), url) };
}

/** A site with the signed documents; requests lists the paths asked for. answer may handle a request and then returns true. */
export async function serveDocuments(answer = () => false) {
  const requests = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    if (path === "/favicon.ico") return void response.writeHead(204).end();
    requests.push(path);
    if (answer(path, request, response, requests.filter((one) => one === path).length)) return;
    if (!/^\/[a-z-]+\.pdf$/.test(path)) return void response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(`<!doctype html><title>Trang</title><a href="/ky.pdf">ký</a>`);
    sendFile(response, path.slice(1));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`, requests,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

/** Sends a document of the fixtures. */
export function sendFile(response, name, headers = {}) {
  const file = join(build, name);
  response.writeHead(200, { "Content-Type": "application/pdf", "Content-Length": statSync(file).size, ...headers });
  createReadStream(file).pipe(response);
}

/** A screen of its own, for windows that only a person's key opens. */
export async function startScreen() {
  const child = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1200x900x24", "-noreset", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = await new Promise((resolve, reject) => {
    child.stdio[3].once("data", (data) => resolve(String(data).trim()));
    child.once("error", reject);
    child.once("exit", () => reject(new Error("Xvfb ended")));
  });
  const env = { ...process.env, DISPLAY: `:${number}` };
  const xdo = (...args) => execFileSync("xdotool", args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  return { env, xdo, close: () => new Promise((resolve) => (child.once("exit", resolve), child.kill())) };
}

/** What has too little contrast on a page, in words. */
export const poorContrast = () => {
  const rgb = (c) => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c[3] !== 0) return c;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).flatMap((e) => {
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    return ratio < 4.5 ? [`${e.textContent.slice(0, 40)}: ${ratio.toFixed(2)}`] : [];
  });
};

/** Folders that tests may write into. */
export function scratch(name) {
  const made = join(folder, name);
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  return made;
}
