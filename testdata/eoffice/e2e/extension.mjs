// What the tests of the extension share: a public site in front of the demo
// site, the real agent with a token in SoftHSM2 and a person at its window, the
// built extension, and browsers that know the native messaging host.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import { freePort, host, other, startFront, until } from "./direct.mjs";
import { screen } from "./person.mjs";
import { browse, bundle, kysoProgram, prepareDist } from "./support.mjs";

export const hostName = "vn.kyso.host";
/** What webext/extension/key.pub makes it. */
export const extensionId = "macengpdlehkbnphmgbiaalindljbkom";
const pin = "2468013579";
const module = "/usr/lib/softhsm/libsofthsm2.so";

/**
 * Starts everything. The site is known to the agent and built into the extension; others are only built into it.
 * policy gives more of the administrator's settings.
 */
export async function startWorld({ policy: more = () => ({}) } = {}) {
  // Short: the path of a socket is bounded.
  const dir = mkdtempSync(join(tmpdir(), "kyso-x-"));
  const ending = [() => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })];
  const close = async () => {
    for (const end of ending.splice(0).reverse()) await end();
  };
  try {
    for (const name of ["tokens", "home", "run"]) mkdirSync(join(dir, name), { mode: 0o700 });
    writeFileSync(join(dir, "softhsm2.conf"), `directories.tokendir = ${join(dir, "tokens")}\nobjectstore.backend = file\n`);
    const env = { ...process.env, SOFTHSM2_CONF: join(dir, "softhsm2.conf"), LANG: "vi_VN.UTF-8", HOME: join(dir, "home"), XDG_RUNTIME_DIR: join(dir, "run") };
    for (const name of ["CONFIG_HOME", "STATE_HOME", "CACHE_HOME", "DATA_HOME"]) delete env[`XDG_${name}`];
    const person = await screen(join(dir, "screen"));
    ending.push(() => person.close());
    env.DISPLAY = person.display;
    env.DBUS_SESSION_BUS_ADDRESS = "unix:path=/dev/null"; // or a bus is started that outlives us
    delete env.WAYLAND_DISPLAY;
    const run = (program, ...args) => execFileSync(program, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

    const kyso = kysoProgram();
    prepareDist();
    const front = await startFront(join(dir, "site"));
    ending.push(front.close);
    const sites = [front.origin, front.stranger];
    bundle("-extension", "-out", join(dir, "built"), "-sites", sites.join(" "));

    const port = await freePort();
    await front.open(port);
    run("softhsm2-util", "--init-token", "--free", "--label", "Thẻ thử", "--so-pin", "87654321", "--pin", pin);
    run("softhsm2-util", "--import", join(dir, "site", "person.key"), "--token", "Thẻ thử", "--label", "person", "--id", "01", "--pin", pin);
    for (const [name, id] of [["person", "01"], ["issuer", "02"]]) {
      run("pkcs11-tool", "--module", module, "--token-label", "Thẻ thử", "--login", "--pin", pin, "--write-object", join(dir, "site", `${name}.crt`), "--type", "cert", "--id", id);
    }
    const policy = join(dir, "policy.json");
    writeFileSync(policy, JSON.stringify({ allowedOrigins: [front.origin], pkcs11Modules: [module], ports: [port], extension: { review: "never" }, ...more(front) }));

    // What the browsers start as the host; an installation names the program itself.
    const program = join(dir, "host");
    const words = Object.entries(env).filter(([name]) => /^(HOME|XDG_RUNTIME_DIR|SOFTHSM2_CONF|DISPLAY|LANG|DBUS_SESSION_BUS_ADDRESS)$/.test(name)).map(([name, value]) => `${name}='${value}'`);
    writeFileSync(program, `#!/bin/sh\nunset WAYLAND_DISPLAY XDG_CACHE_HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME\nexport ${words.join(" ")}\nexec '${kyso}' --policy '${policy}' host "$@"\n`);
    chmodSync(program, 0o755);

    const agent = { log: "", start: startAgent };
    async function startAgent() {
      const child = spawn(kyso, ["--policy", policy, "agent", "--no-tray", "--trust", join(dir, "site", "root.crt")], { stdio: ["pipe", "pipe", "pipe"], env });
      const gone = new Promise((resolve) => child.once("exit", resolve));
      agent.stop = async () => {
        child.kill();
        await gone;
      };
      const lines = createInterface({ input: child.stderr });
      await new Promise((resolve, reject) => {
        lines.on("line", (line) => {
          agent.log += `${line}\n`;
          if (/ws:\/\/127\.0\.0\.1/.test(line)) resolve();
        });
        gone.then(() => reject(new Error(`the agent ended: ${agent.log}`)));
      });
    }
    await agent.start();
    ending.push(() => agent.stop());

    const windows = () => {
      try {
        return run("xdotool", "search", "--onlyvisible", "--name", "^Kyso – ").trim().split("\n").filter(Boolean);
      } catch {
        return [];
      }
    };
    return {
      ...front, dir, env, port, policy, program, agent, windows, close,
      extension: (browser) => join(dir, "built", "extension", browser),
      asked: () => until(() => windows().length > 0, "the agent's window"),
      /** The person agrees in the agent's window: presses keys until it takes them, what comes too soon does not count. */
      agree: async (...keys) => {
        const [id] = await until(() => windows().length > 0 && windows(), "the agent's window");
        run("xdotool", "windowfocus", "--sync", id);
        for (let tries = 0; windows().length > 0 && tries < 10; tries++) {
          await sleep(1000); // a person takes longer
          person.press(...Array(20).fill("BackSpace"), ...(keys.length > 0 ? keys : [...pin, "Return"]));
          for (let i = 0; i < 50 && windows().length > 0; i++) await sleep(100);
        }
      },
      root: join(dir, "site", "root.crt"),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The native messaging host's manifest, as Chromium and as Firefox read it. */
export const hostManifest = (program, extra) => JSON.stringify({ name: hostName, description: "Kyso", path: program, type: "stdio", ...extra });

/** Starts Chromium with the extension, which takes the test's pages for public ones. */
export async function browseChromium(world, { program = world.program, extension = world.extension("chrome"), id = extensionId, registered = true, args = [], ...more } = {}) {
  const browser = await browse({
    ignoreHTTPSErrors: true,
    ignoreDefaultArgs: ["--disable-extensions"],
    furnish: (profile) => {
      if (!registered) return;
      mkdirSync(join(profile, "NativeMessagingHosts"));
      writeFileSync(join(profile, "NativeMessagingHosts", `${hostName}.json`), hostManifest(program, { allowed_origins: [`chrome-extension://${id}/`] }));
    },
    args: [`--load-extension=${extension}`, `--disable-extensions-except=${extension}`,
      `--host-resolver-rules=MAP ${host} 127.0.0.1,MAP ${other} 127.0.0.1`,
      `--ip-address-space-overrides=127.0.0.1:${world.securePort}=public,127.0.0.1:${world.httpPort}=public`, ...args],
    ...more,
  });
  return browser;
}

/** The extension's worker, which is started when it is not there. */
export const worker = (browser) => until(() => browser.context.serviceWorkers()[0], "the extension's worker");

/** Whether the extension runs on the page; runs in it. */
export const present = () => !document.dispatchEvent(new Event("kyso:find", { cancelable: true }));

/** Signs documents of the site in the page, and judges what came back there. */
export const trySignMany = async ({ names, options, ...connect }) => {
  const agent = await globalThis.kyso.connect(connect);
  try {
    const blobs = await Promise.all(names.map(async (name) => (await fetch(`/api/documents/${name}`)).blob()));
    const signed = await agent.sign(blobs.map((blob, i) => ({ blob, name: `${i + 1}-${names[i]}` })), options);
    const whole = await Promise.all(signed.map(async ({ blob, sha256 }, i) => {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((b) => b.toString(16).padStart(2, "0")).join("");
      const original = new Uint8Array(await blobs[i].arrayBuffer());
      return digest === sha256 && bytes.length > original.length && original.every((b, n) => b === bytes[n]);
    }));
    return { road: agent.road, signed: signed.length, whole: whole.every(Boolean), holder: signed[0].certificate.holder };
  } catch ({ code, message }) {
    return { code, message };
  } finally {
    agent.close();
  }
};

/**
 * The extension's worker as Chromium's DevTools protocol sees it, which the
 * browser must have been started for with --remote-debugging-port=0.
 */
export async function inspect(browser, id = extensionId) {
  const address = await until(async () => {
    const [port, path] = (await readFile(join(browser.profile, "DevToolsActivePort"), "utf8").catch(() => "")).split("\n");
    return path && `ws://127.0.0.1:${port}${path}`;
  }, "Chromium's debugging port");
  const socket = new WebSocket(address, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  let last = 0;
  const waiting = new Map();
  socket.on("message", (data) => {
    const { id, result, error } = JSON.parse(data);
    const settle = waiting.get(id);
    waiting.delete(id);
    if (error) settle?.reject(new Error(error.message));
    else settle?.resolve(result);
  });
  socket.on("close", () => waiting.forEach(({ reject }) => reject(new Error("Chromium has gone"))));
  const send = (method, params = {}, sessionId) => new Promise((resolve, reject) => {
    waiting.set(++last, { resolve, reject });
    socket.send(JSON.stringify({ id: last, method, params, ...(sessionId && { sessionId }) }));
  });
  const target = async () => {
    const { targetInfos } = await send("Target.getTargets");
    return targetInfos.find((t) => t.type === "service_worker" && t.url.startsWith(`chrome-extension://${id}/`))?.targetId;
  };
  return {
    target,
    /** Ends the worker, as Chromium does when it thinks that nobody needs it. */
    kill: async () => {
      const targetId = await until(target, "the worker");
      await until(async () => {
        if ((await target()) !== targetId) return true;
        await send("Target.closeTarget", { targetId }).catch(() => {}); // one that is just starting takes no notice
        return false;
      }, "the worker's end");
    },
    /** Gives the function that tells how many bytes the worker holds, with what its buffers hold. */
    heap: async () => {
      const { sessionId } = await send("Target.attachToTarget", { targetId: await until(target, "the worker"), flatten: true });
      return async () => {
        const { totalSize, backingStorageSize = 0, embedderHeapUsedSize = 0 } = await send("Runtime.getHeapUsage", {}, sessionId);
        return totalSize + backingStorageSize + embedderHeapUsedSize;
      };
    },
    close: () => socket.terminate(),
  };
}
