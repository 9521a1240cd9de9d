// Debian's Firefox, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import WebSocket from "ws";

/**
 * Starts Firefox with an empty profile and these preferences. It takes any
 * server certificate. furnish gets the profile's folder, which is also the home
 * folder, before Firefox does.
 */
export async function browseFirefox(prefs = {}, env = process.env, { furnish = () => {}, args = [] } = {}) {
  const profile = await mkdtemp(join(tmpdir(), "kyso-firefox-"));
  await furnish(profile);
  const quiet = { "browser.shell.checkDefaultBrowser": false, "datareporting.policy.dataSubmissionEnabled": false, "app.normandy.enabled": false };
  await writeFile(join(profile, "user.js"), Object.entries({ ...quiet, ...prefs }).map(([k, v]) => `user_pref(${JSON.stringify(k)}, ${JSON.stringify(v)});\n`).join(""));
  const child = spawn("firefox-esr", ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", ...args, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"], env: { ...env, HOME: profile, MOZ_HEADLESS: "1" },
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const address = await new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stderr });
    lines.on("line", (line) => {
      const [, found] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
      if (found) resolve(found);
    });
    child.once("exit", () => reject(new Error("Firefox ended before it listened")));
  });
  const socket = new WebSocket(`${address}/session`, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  let last = 0;
  const waiting = new Map();
  socket.on("message", (data) => {
    const { id, type, result, error, message } = JSON.parse(data);
    const settle = waiting.get(id);
    if (!settle) return; // an event
    waiting.delete(id);
    if (type === "error") settle.reject(new Error(`${error}: ${message}`));
    else settle.resolve(result);
  });
  socket.on("close", () => waiting.forEach(({ reject }) => reject(new Error("Firefox has gone"))));
  const send = (method, params) => new Promise((resolve, reject) => {
    waiting.set(++last, { resolve, reject });
    socket.send(JSON.stringify({ id: last, method, params }));
  });
  await send("session.new", { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } });
  const { contexts: [{ context }] } = await send("browsingContext.getTree", {});
  return {
    profile,
    /** Installs an unpacked extension until Firefox ends. */
    install: (path) => send("webExtension.install", { extensionData: { type: "path", path } }),
    /** Any command of the protocol, and the first tab. */
    send, context,
    goto: (url) => send("browsingContext.navigate", { context, url, wait: "complete" }),
    /** Runs a function in the page, or in the frame with this number, and returns its JSON. */
    evaluate: async (f, argument, frame) => {
      let target = context;
      if (frame !== undefined) target = (await send("browsingContext.getTree", { root: context })).contexts[0].children[frame].context;
      const answer = await send("script.evaluate", {
        expression: `(async () => JSON.stringify(await (${f})(${JSON.stringify(argument)})))()`, target: { context: target }, awaitPromise: true,
      });
      if (answer.type === "exception") throw new Error(answer.exceptionDetails.text);
      return answer.result.value === undefined ? undefined : JSON.parse(answer.result.value);
    },
    close: async () => {
      socket.terminate();
      child.kill();
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
