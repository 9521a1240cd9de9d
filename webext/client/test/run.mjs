// Compiles the client and its tests, checks the protocol's examples against the
// types, builds the Go test binary that plays the agent, and runs everything.
// Needs Go, and `npm ci` in this folder.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const client = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(dirname(client));
const out = join(root, "build", "client-test");
const tsc = join(client, "node_modules", "typescript", "bin", "tsc");
function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1); // it has said why
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "package.json"), '{"type":"module"}\n');
symlinkSync(join(client, "node_modules"), join(out, "node_modules"), "junction");

run(process.execPath, [tsc, "-p", client]);

// Each example as a literal: a member that is missing, renamed or too many is a
// compile error.
const result = (method) => `{ v: number; id: string; type: "result"; result: Results["${method}"] }`;
const request = (method, rest = "") => `{ v: number; id: string; type: "request"; method: "${method}"${rest} }`;
const frame = (type) => `Extract<AgentFrame, { type: "${type}" }>`;
const types = {
  "page-status": request("status"),
  "page-cancel": 'Extract<PageFrame, { type: "cancel" | "done" }>', "page-done": 'Extract<PageFrame, { type: "cancel" | "done" }>',
  "page-credit": 'Extract<PageFrame, { type: "credit" }>',
  ...Object.fromEntries(["hello", "authenticate", "pair", "pair-confirm", "authorize", "certificates", "sign", "resume", "verify", "sign-hash"].map((method) =>
    [`page-${method}`, request(method, `; params: Params["${method}"]`)])),
  "page-resume-uploading": request("resume", '; params: Params["resume"]'),
  ...Object.fromEntries(["hello", "authenticate", "pair", "pair-confirm", "authorize"].map((method) => [`agent-${method}`, result(method)])),
  "agent-accepted": frame("accepted"), "agent-accepted-resumed": frame("accepted"), "agent-accepted-uploading": frame("accepted"),
  "agent-document-resumed": frame("document"), "agent-event-tokens": frame("event"), "agent-progress-queued": frame("progress"),
  "agent-capability-refused": frame("error"), "agent-pairing-needed": frame("error"), "agent-rate-limited": frame("error"),
  "agent-status": result("status"), "agent-certificates": result("certificates"),
  "agent-sign": result("sign"), "agent-sign-partly": result("sign"), "agent-sign-none": frame("error"), "agent-verify": result("verify"),
  "agent-credit": frame("credit"), "agent-progress": frame("progress"), "agent-document": frame("document"),
  "agent-error": frame("error"), "agent-version-unsupported": frame("error"),
  "agent-sign-hash": result("sign-hash"), "agent-certificates-der": result("certificates"), "agent-hash-refused": frame("error"),
  chunk: "{ channel: number; payload: string; frame: string }", codes: "AgentErrorCode[]", ports: "number[]",
};
const examples = join(root, "testdata", "protocol");
const names = readdirSync(examples).filter((n) => n.endsWith(".json")).map((n) => n.slice(0, -".json".length));
const lines = [
  'import type { AgentFrame, PageFrame, Params, Results } from "../../webext/client/src/protocol.js";',
  'import type { AgentErrorCode } from "../../webext/client/src/types.js";',
];
for (const name of names) {
  if (!types[name]) throw new Error(`testdata/protocol/${name}.json: the TypeScript side does not know it`);
  lines.push(`export const ${name.replaceAll("-", "_")} = ${readFileSync(join(examples, name + ".json"), "utf8").trim()} satisfies ${types[name]};`);
}
for (const name of Object.keys(types)) if (!names.includes(name)) throw new Error(`testdata/protocol/${name}.json is missing`);
// And every code of the type is in the table.
lines.push(`const every: Record<AgentErrorCode, true> = { ${JSON.parse(readFileSync(join(examples, "codes.json"), "utf8")).map((c) => c + ": true").join(", ")} };`, "void every;");
writeFileSync(join(out, "examples.ts"), lines.join("\n") + "\n");
writeFileSync(join(out, "tsconfig.json"), JSON.stringify({ extends: join(client, "tsconfig.json"), files: ["examples.ts"], include: [], compilerOptions: { noEmit: true, types: [], rootDir: root } }));
run(process.execPath, [tsc, "-p", out]);

const agent = join(out, process.platform === "win32" ? "agent.exe" : "agent");
run("go", ["test", "-c", "-o", agent, "./agent/internal/bridge"], { cwd: root });

const tests = readdirSync(join(out, "test")).filter((n) => n.endsWith(".test.js")).map((n) => join(out, "test", n));
run(process.execPath, ["--test", ...tests], { env: { ...process.env, KYSO_TEST_AGENT_BINARY: agent, KYSO_EXAMPLES: examples } });
