// Times the road through the extension beside the direct road: one page, one
// agent with one key and a person who answers at once, the two roads by turns.
// `make bench` calls it.
//
//	node bench.mjs [chromium] [firefox]
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import { chromiumWith, host, startAgent, startFront, until } from "./direct.mjs";
import { extensionId, hostManifest, hostName, present } from "./extension.mjs";
import { browseFirefox } from "./firefox.mjs";
import { bundle, prepareDist, root } from "./support.mjs";

/** What is measured: a name, how often on each road, and what the page does. */
const rows = [
  ["connect", 60, { what: "connect" }],
  ["status", 100, { what: "status" }],
  ["sign 12 kB", 40, { what: "sign", path: "/api/documents/cong-van.pdf" }],
  ["sign 1 MB", 40, { what: "sign", path: "/lon.pdf?mb=1" }],
  ["sign 16 MB", 10, { what: "sign", path: "/lon.pdf?mb=16" }],
];
const coldRuns = 10;
const roads = ["direct", "extension"];

/** Does one thing on both roads by turns, so many times; gives milliseconds. Runs in the page. */
const measure = async ({ port, runs, what, path }) => {
  const times = { direct: [], extension: [] };
  const agents = {};
  const reach = (road) => globalThis.kyso.connect({ road, ports: [port] });
  for (const road of ["direct", "extension"]) agents[road] = await reach(road);
  const blob = path && (await (await fetch(path)).blob());
  const works = {
    connect: async (road) => (await reach(road)).close(),
    status: (road) => agents[road].status(),
    sign: (road) => agents[road].sign({ blob, name: "a.pdf" }),
  };
  for (let i = -2; i < runs; i++) { // the first two are not counted
    for (const road of i % 2 ? ["direct", "extension"] : ["extension", "direct"]) {
      const start = performance.now();
      await works[what](road);
      if (i >= 0) times[road].push(performance.now() - start);
    }
  }
  for (const agent of Object.values(agents)) agent.close();
  return { size: blob?.size, times };
};

/** The time of one connection. Runs in the page. */
const once = async ({ port, road }) => {
  const start = performance.now();
  (await globalThis.kyso.connect({ road, ports: [port] })).close();
  return performance.now() - start;
};

const at = (times, part) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))];
const ms = (time) => `${time.toFixed(time < 100 ? 1 : 0)} ms`.padStart(10);

function print(browser, what, { direct, extension }, runs) {
  const [d, x] = [direct, extension].map((times) => [at(times, 0.5), at(times, 0.95)]);
  const rest = d && x && Number.isFinite(d[0]) ? ms(x[0] - d[0]) : "".padStart(10);
  const cell = ([half, most]) => (half === undefined ? "".padStart(22) : `${ms(half)} (${ms(most).trim()})`.padEnd(22));
  console.log(`${browser.padEnd(10)} ${what.padEnd(24)} ${String(runs).padStart(4)} ${cell(d)} ${cell(x)} ${rest}`);
}

/**
 * Runs functions in Chromium's page of the site. Playwright has every frame of
 * every WebSocket told to it, which takes longer than all that is measured here.
 */
async function evaluator(profile, origin) {
  const port = await until(() => existsSync(join(profile, "DevToolsActivePort")) && readFileSync(join(profile, "DevToolsActivePort"), "utf8").split("\n")[0], "Chromium's debugging port");
  const page = await until(async () => (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()).find((t) => t.type === "page" && t.url.startsWith(origin)), "the page");
  const socket = new WebSocket(page.webSocketDebuggerUrl, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  let last = 0;
  return (f, argument) => new Promise((resolve, reject) => {
    const id = ++last;
    const told = (data) => {
      const { id: of, result } = JSON.parse(data);
      if (of !== id) return;
      socket.off("message", told);
      if (result?.result?.type === undefined || result.exceptionDetails) reject(new Error(String(data)));
      else resolve(result.result.value);
    };
    socket.on("message", told);
    socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params: { expression: `(${f})(${JSON.stringify(argument)})`, awaitPromise: true, returnByValue: true } }));
  });
}

/** A page of the site in a browser: how to run functions in it, and how to end it. */
const browsers = {
  chromium: async (world) => {
    const profile = join(world.dir, "chromium");
    mkdirSync(join(profile, "NativeMessagingHosts"), { recursive: true });
    writeFileSync(join(profile, "NativeMessagingHosts", `${hostName}.json`), hostManifest(world.program, { allowed_origins: [`chrome-extension://${extensionId}/`] }));
    const extension = world.extension("chrome");
    const child = spawn(chromiumWith({ LoopbackNetworkAllowedForUrls: [world.origin] }, world.dir), [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--ignore-certificate-errors", `--user-data-dir=${profile}`, "--remote-debugging-port=0", "--disable-features=DisableLoadExtensionCommandLineSwitch",
      `--load-extension=${extension}`, `--disable-extensions-except=${extension}`, `--host-resolver-rules=MAP ${host} 127.0.0.1`,
      `--ip-address-space-overrides=127.0.0.1:${world.securePort}=public`, `${world.origin}/probe`,
    ], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const close = async () => {
      child.kill();
      await ended;
    };
    try {
      return { evaluate: await evaluator(profile, world.origin), close };
    } catch (error) {
      await close();
      throw error;
    }
  },
  firefox: async (world) => {
    const browser = await browseFirefox({ "network.dns.localDomains": host, "privacy.reduceTimerPrecision": false }, process.env, { furnish: (home) => {
      const folder = join(home, ".mozilla", "native-messaging-hosts");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${hostName}.json`), hostManifest(world.program, { allowed_extensions: ["extension@kyso"] }));
    } });
    await browser.install(world.extension("firefox"));
    await browser.goto(`${world.origin}/probe`);
    return browser;
  },
};

const memory = (id, name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${id}/status`, "latin1"))[1]) / 1024;
const gone = (id) => {
  try {
    return !process.kill(id, 0);
  } catch {
    return true;
  }
};

async function bench(name, world) {
  const page = await browsers[name](world);
  try {
    await until(() => page.evaluate(() => Boolean(globalThis.kyso)).catch(() => false), "the page's module");
    await until(() => page.evaluate(present).catch(() => false), "the extension on the page");
    const { port } = world;
    for (const [what, runs, row] of rows) {
      const { times } = await page.evaluate(measure, { port, runs, ...row });
      print(name, what, times, runs);
    }
    const id = () => Number(readFileSync(world.pid, "utf8"));
    const held = ["VmHWM", "VmRSS", "RssAnon"].map((what) => memory(id(), what).toFixed(1));
    const cold = [];
    for (let i = 0; i < coldRuns; i++) {
      const last = id();
      process.kill(last);
      await until(() => gone(last), "the host's end");
      await sleep(1500); // the extension tries nothing for a second after it lost the host
      cold.push(await page.evaluate(once, { port, road: "extension" }));
      if (id() === last) throw new Error("no host was started");
    }
    print(name, "connect, with a new host", { direct: [], extension: cold }, coldRuns);
    console.log(`${name.padEnd(10)} kyso host, after all this: at most ${held[0]} MB, now ${held[1]} MB, of which its own ${held[2]} MB`);
  } finally {
    await page.close();
  }
}

async function main(names) {
  const dir = mkdtempSync(join(tmpdir(), "kyso-b-")); // short: the path of a socket is bounded
  const ending = [() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })];
  try {
    const env = { HOME: join(dir, "home"), XDG_RUNTIME_DIR: join(dir, "run"), DISPLAY: ":none", WAYLAND_DISPLAY: "", KYSO_TEST_NATIVE: "1" };
    for (const folder of ["home", "run"]) mkdirSync(join(dir, folder), { mode: 0o700 });
    prepareDist();
    const front = await startFront(join(dir, "site"));
    ending.push(front.close);
    bundle("-extension", "-out", join(dir, "built"), "-sites", front.origin);
    const agent = await startAgent(front.origin, env);
    ending.push(agent.stop);
    await front.open(agent.port);
    const [program, pid] = [join(dir, "host"), join(dir, "host.pid")];
    const exported = ["HOME", "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY"].map((name) => `${name}='${env[name]}'`);
    writeFileSync(program, `#!/bin/sh\necho $$ >'${pid}'\nexport ${exported.join(" ")}\nexec '${join(root, "dist", "kyso")}' "$@"\n`);
    chmodSync(program, 0o755);
    const world = { ...front, dir, port: agent.port, program, pid, extension: (browser) => join(dir, "built", "extension", browser) };
    console.log("\nA page and the agent, median (95 of 100 take no longer); signing is from the page's call to the signed document.");
    console.log(`${"".padEnd(10)} ${"".padEnd(24)} runs ${roads.map((road) => `${" ".repeat(3)}${road}`.padEnd(22)).join(" ")} difference`);
    for (const name of names) await bench(name, world);
  } finally {
    for (const end of ending.reverse()) await end();
  }
}

await main(process.argv.length > 2 ? process.argv.slice(2) : Object.keys(browsers));
