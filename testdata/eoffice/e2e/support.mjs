// Helpers of the browser tests: the built files, a server for them, Chromium.
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
export const dist = join(root, "dist");
/** Signed documents and screenshots of one test run. */
export const build = join(root, "build", "e2e");

/** Runs a program in the source tree. */
const run = (program, ...args) => void execFileSync(program, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });

const go = (...args) => run("go", ...args);

// `node --test` starts a process for each file, and is what they have in common. A
// file that is run by itself has nothing in common with any.
const parent = process.env.NODE_TEST_CONTEXT && readFileSync(`/proc/${process.ppid}/stat`, "latin1");
const session = parent ? `${process.ppid} started at ${parent.slice(parent.lastIndexOf(")")).split(" ")[20]}` : `${process.pid} at ${Date.now()}`;

/** Makes something once in a run of the tests, whose files share it: the tree stays as it is meanwhile. */
function once(name, make) {
  const mark = join(build, `${name}.made`);
  if (existsSync(mark) && readFileSync(mark, "utf8") === session) return;
  make();
  mkdirSync(build, { recursive: true });
  writeFileSync(mark, session);
}

/** The path of a Go program, or of a package's test. */
function program(name, what, ...how) {
  const path = join(build, name);
  once(name, () => go(...how, "-o", path, what));
  return path;
}
export const kysoProgram = () => program("kyso", "./agent", "build");
export const siteProgram = () => program("site", "./testdata/eoffice/e2e/site", "build");
/** The bridge's tests, one of which plays the agent. */
export const bridgeProgram = () => program("test-agent", "./agent/internal/bridge", "test", "-c");

/** Runs webext/bundle. */
export const bundle = (...args) => run(program("bundle", "./webext/bundle", "build"), ...args);

/** Builds dist/. */
export const prepareDist = () => once("dist", () => bundle("-out", dist));

/** Builds the extension, for no site in particular. Its folders are changed by nobody. */
export const prepareExtension = () => once("extension", () => bundle("-extension", "-out", build));
export const extensionFor = (browser) => join(build, "extension", browser);

/** Builds dist/ and signs the documents. */
export function prepare() {
  prepareDist();
  once("fixtures", () => go("run", "./testdata/eoffice/e2e/fixtures", "-out", build));
}

const types = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml", ".wasm": "application/wasm", ".pdf": "application/pdf",
};

/**
 * Serves folder on loopback. requests lists what was asked, in order; wasmType
 * is the type kyso.wasm gets.
 */
export async function serve(folder, { wasmType = types[".wasm"] } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    requests.push({ method: request.method, url: request.url });
    const path = normalize(join(folder, decodeURIComponent(new URL(request.url, "http://localhost").pathname)));
    const file = request.url.endsWith("/") ? join(path, "index.html") : path;
    const found = file.startsWith(folder + sep) && (await stat(file).catch(() => undefined))?.isFile();
    if (!found) return void response.writeHead(404).end();
    const type = extname(file) === ".wasm" ? wasmType : types[extname(file)];
    response.writeHead(200, { "Content-Type": type ?? "application/octet-stream", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, requests, close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))) };
}

/**
 * Starts Debian's Chromium with an empty profile. complaints collects what
 * pages write to their consoles as errors, policy violations among them.
 * furnish gets the profile's folder before Chromium does.
 */
export async function browse({ viewport = { width: 1280, height: 900 }, args = [], furnish = () => {}, ...more } = {}) {
  const profile = await mkdtemp(join(tmpdir(), "kyso-e2e-"));
  await furnish(profile);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    viewport,
    acceptDownloads: true,
    timezoneId: "America/New_York", // times must be shown in Vietnam's zone anyway
    locale: "en-US", // and words in Vietnamese
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", ...args,
    ],
    ...more,
  });
  const complaints = [];
  const asked = [];
  const watch = (page) => {
    page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
    page.on("pageerror", (e) => complaints.push(String(e)));
  };
  context.pages().forEach(watch);
  context.on("page", watch);
  context.on("request", (r) => asked.push({ method: r.method(), url: r.url() }));
  return {
    context, complaints, asked, profile,
    page: context.pages()[0] ?? (await context.newPage()),
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }); // children may still be writing
    },
  };
}

/** Drops files on an element the way a person does with the mouse. */
export async function drop(page, selector, files) {
  const list = await page.evaluateHandle(async (files) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of files) {
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    return transfer;
  }, files.map(({ name, data }) => ({ name, base64: data.toString("base64") })));
  await page.dispatchEvent(selector, "dragover", { dataTransfer: list });
  await page.dispatchEvent(selector, "drop", { dataTransfer: list });
}

/** The processes of the browser with this profile whose command line has all of words. */
export async function processes(profile, ...words) {
  const found = [];
  for (const id of (await readdir("/proc")).filter((n) => /^\d+$/.test(n))) {
    const command = await readFile(`/proc/${id}/cmdline`, "latin1").catch(() => "");
    if ([profile, ...words].every((w) => command.includes(w))) found.push(Number(id));
  }
  return found;
}

/** The most memory any page process of the browser with this profile has held, in bytes. */
export async function peakMemory(profile) {
  let peak = 0;
  for (const id of await processes(profile, "--type=renderer")) {
    const status = await readFile(`/proc/${id}/status`, "latin1").catch(() => "");
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  }
  if (!peak) throw new Error("no page process of this browser was found");
  return peak;
}
