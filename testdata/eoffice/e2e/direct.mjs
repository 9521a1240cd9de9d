// What the tests of the direct road share: a public https site in front of the
// demo site, the real bridge with a person played by the test, and pages.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createPlain, request } from "node:http";
import { createServer as createSecure } from "node:https";
import { createServer as listen } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { bridgeProgram, build, dist, prepareDist, root, siteProgram } from "./support.mjs";

/** Names that the browsers of these tests find on this computer. */
export const host = "eoffice.test";
export const other = "khung.test";

/** Waits until what returns something. */
export async function until(what, description, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
    const found = await what();
    if (found) return found;
  }
  throw new Error(`waited ${seconds} s in vain for ${description}`);
}

export const freePort = () => new Promise((resolve) => {
  const server = listen().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Starts a program that ends with its standard input; line gives the first group of the first line it prints, or has printed, that matches. */
export function start(program, args, options) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
  const said = [];
  createInterface({ input: child.stdout }).on("line", (text) => said.push(text));
  return {
    stop: () => stop(child),
    line: (wanted) => until(() => {
      const found = said.map((text) => wanted.exec(text)?.[1]).find((one) => one !== undefined);
      if (found === undefined && child.exitCode !== null) throw new Error(`${program} ended without a line that has ${wanted}`);
      return found;
    }, `a line that has ${wanted}`),
  };
}

/** Starts the real bridge with a person played by the test (agent/internal/bridge, TestHelperAgent). */
export async function startAgent(origin, env = {}) {
  const agent = start(bridgeProgram(), ["-test.run", "^TestHelperAgent$"], {
    cwd: join(root, "agent", "internal", "bridge"), env: { ...process.env, KYSO_TEST_AGENT: origin, ...env },
  });
  return { ...agent, port: Number(await agent.line(/^port (\d+)$/)) };
}

const stop = (child) => new Promise((resolve) => {
  if (child.exitCode !== null || child.signalCode !== null) return resolve();
  child.once("exit", resolve);
  child.stdin.end();
  setTimeout(() => child.kill(), 5000).unref();
});

/** A page whose content is a comment of so many bytes. */
function largePDF(bytes) {
  const objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>", `<</Length ${bytes}>>\nstream\n${"%".repeat(bytes)}\nendstream`];
  let text = "%PDF-1.7\n";
  const offsets = objects.map((o, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj\n${o}\nendobj\n`;
    return `${String(at).padStart(10, "0")} 00000 n \n`;
  });
  return Buffer.from(`${text}xref\n0 5\n0000000000 65535 f \n${offsets.join("")}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`);
}

const probe = '<!doctype html><title>x</title><script type="module">import * as kyso from "/kyso/client/kyso-client.js"; window.kyso = kyso;</script>';

/**
 * Starts everything. The site is https://eoffice.test:PORT, known to the agent;
 * httpPort serves the same without https, and khung.test the same as a stranger.
 */
export async function startDirect() {
  const dir = join(build, "direct");
  prepareDist();
  const front = await startFront(dir);
  const { origin } = front;
  const agent = await startAgent(origin);
  await front.open(agent.port);
  return { ...front, dir, port: agent.port, close: async () => void (await Promise.all([agent.stop(), front.close()])) };
}

/**
 * Starts the public site, without the demo site behind it: open does that, and
 * tells it the agent's port. Both write into dir.
 */
export async function startFront(dir) {
  mkdirSync(dir, { recursive: true });
  const [key, certificate] = [join(dir, "tls.key"), join(dir, "tls.crt")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", `/CN=${host}`,
    "-addext", `subjectAltName=DNS:${host},DNS:${other}`, "-keyout", key, "-out", certificate], { stdio: "ignore" });

  let site; // where the demo site is
  const serve = (incoming, response) => {
    const { pathname } = new URL(incoming.url, "https://x");
    const special = {
      "/probe": {}, "/csp": { "Content-Security-Policy": "connect-src 'self'" }, "/withheld": { "Permissions-Policy": "loopback-network=(), local-network-access=(), local-network=()" },
      "/frames": {}, "/strange": {}, "/sandbox": { "Content-Security-Policy": "sandbox allow-scripts" },
    }[pathname];
    if (special) {
      const frame = `https://${host}:${securePort}/probe`;
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...special });
      return response.end({
        "/frames": `<!doctype html><iframe src="${frame}"></iframe><iframe src="${frame}" allow="loopback-network"></iframe>`,
        "/strange": `${probe}<iframe src="https://${other}:${securePort}/probe" allow="loopback-network"></iframe>`,
      }[pathname] ?? probe);
    }
    if (pathname === "/lon.pdf") return response.end(largePDF(Number(new URL(incoming.url, "https://x").searchParams.get("mb") ?? 60) << 20));
    // The demo site believes it is at home.
    const { origin: _, ...headers } = incoming.headers;
    const forward = request(`${site}${incoming.url}`, { method: incoming.method, headers: { ...headers, host: new URL(site).host } }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    forward.on("error", () => response.destroy());
    incoming.pipe(forward);
  };
  const secure = createSecure({ key: readFileSync(key), cert: readFileSync(certificate) }, serve);
  const plain = createPlain(serve);
  for (const server of [secure, plain]) await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const securePort = secure.address().port;
  const origin = `https://${host}:${securePort}`;

  let demo;
  return {
    open: async (port) => {
      demo = start(siteProgram(), ["-out", dir, "-web", dist, "-agent", String(port)]);
      site = await demo.line(/"origin":"([^"]+)"/);
    },
    origin, securePort, httpPort: plain.address().port, plain: `http://127.0.0.1:${plain.address().port}`, stranger: `https://${other}:${securePort}`,
    close: async () => {
      await demo?.stop();
      for (const server of [secure, plain]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/**
 * A program that starts Chromium with these managed policies, which it sees in
 * a mount of its own: this computer's settings stay as they are.
 */
export function chromiumWith(policies, dir) {
  const settings = join(dir, "etc-chromium");
  cpSync("/etc/chromium", settings, { recursive: true });
  mkdirSync(join(settings, "policies", "managed"), { recursive: true });
  writeFileSync(join(settings, "policies", "managed", "kyso.json"), JSON.stringify(policies));
  const program = join(dir, "chromium-with-policies");
  const unshare = process.getuid() === 0 ? "unshare -m" : "unshare -rm";
  writeFileSync(program, `#!/bin/sh\nexec ${unshare} sh -c 'mount --bind "$0" /etc/chromium && exec /usr/bin/chromium "$@"' ${settings} "$@"\n`, { mode: 0o755 });
  return program;
}

// What pages do. Each function runs in the page, and gets the agent's port.

/** connect, and what becomes of it. */
export const tryConnect = ({ port, ...options }) => globalThis.kyso.connect({ ports: [port], ...options })
  .then((agent) => (agent.close(), { code: "OK" }), ({ code, cause, message, remedy }) => ({ code, cause, message, remedy }));

export const tryDiagnose = ({ port, ...options }) => globalThis.kyso.diagnose({ ports: [port], ...options })
  .then(({ error, ...rest }) => ({ ...rest, code: error?.code, cause: error?.cause }));

/** Fetches a document of the site and has it signed. */
export const trySign = async ({ port, reason, name = "cong-van.pdf" }) => {
  const agent = await globalThis.kyso.connect({ ports: [port] });
  try {
    const blob = await (await fetch(`/api/documents/${name}`)).blob();
    const signed = await agent.sign({ blob, name }, { reason });
    const start = new Uint8Array(await signed.blob.slice(0, blob.size).arrayBuffer());
    const same = new Uint8Array(await blob.arrayBuffer()).every((b, i) => b === start[i]);
    return { name: signed.name, holder: signed.certificate.holder, grown: signed.size > blob.size, same };
  } catch ({ code }) {
    return { code };
  } finally {
    agent.close();
  }
};
