// Compiles what is tested without a browser, and runs the tests. Needs `npm ci`
// in this folder.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const extension = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(extension, "..", "..", "build", "extension-test");
const run = (...args) => {
  const { status, error } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1); // it has said why
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "package.json"), '{"type":"module"}\n');
run(join(extension, "node_modules", "typescript", "bin", "tsc"), "-p", join(extension, "tsconfig.test.json"));
const tests = (folder, end) => readdirSync(folder).filter((n) => n.endsWith(end)).map((n) => join(folder, n));
run("--test", ...tests(join(out, "webext", "extension", "test"), ".test.js"), ...tests(join(extension, "test"), ".test.mjs"));
