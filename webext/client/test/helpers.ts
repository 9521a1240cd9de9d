import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import WebSocketOfNode from "ws";
import type { KysoError } from "../src/types.js";

export const site = "https://eoffice.example";

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with npm test`);
  return value;
}

/** An example of testdata/protocol. */
export function example<T = any>(name: string): T {
  return JSON.parse(readFileSync(join(setting("KYSO_EXAMPLES"), name + ".json"), "utf8")) as T;
}

/** Makes pages of origin; Node 20 has no WebSocket of its own, and no origin. */
export function become(origin: string): void {
  class PageSocket extends WebSocketOfNode {
    constructor(url: string) {
      super(url, { origin });
    }
  }
  globalThis.WebSocket = PageSocket as unknown as typeof WebSocket;
  globalThis.origin = origin;
}

/** Starts the Go test binary as an agent that allows site. line waits for a line it prints, and gives what the pattern's first group found. */
export async function startAgent(env: Record<string, string> = {}): Promise<{ port: number; line: (wanted: RegExp) => Promise<string>; stop: () => Promise<void> }> {
  const child: ChildProcess = spawn(setting("KYSO_TEST_AGENT_BINARY"), ["-test.run", "^TestHelperAgent$"], {
    cwd: join(setting("KYSO_EXAMPLES"), "..", "..", "agent", "internal", "bridge"), // as go test does
    env: { ...process.env, KYSO_TEST_AGENT: site, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout! });
  lines.on("line", (text) => said.push(text));
  const line = (wanted: RegExp): Promise<string> => new Promise((resolve, reject) => {
    const look = (): void => {
      const found = said.map((text) => wanted.exec(text)?.[1]).find((one) => one !== undefined);
      if (found !== undefined) resolve(found);
    };
    lines.on("line", look);
    look();
    child.once("exit", () => reject(new Error(`the agent ended before it said ${wanted}`)));
  });
  return { port: Number(await line(/^port (\d+)$/)), line, stop: async () => { child.stdin!.end(); await exited; } };
}

/** The code a promise rejects with, or what it resolved to. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await promise };
  } catch (error) {
    const e = error as KysoError;
    if (!(e instanceof Error) || !e.message || !e.remedy || !e.messages.vi || !e.messages.en || !e.remedies.vi || !e.remedies.en) {
      return { noKysoError: error };
    }
    return e.code;
  }
}

/** A one-page PDF of about the given size. */
export function pdf(padding = 0): Blob {
  const objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>", `<</Length ${padding}>>\nstream\n${"%".repeat(padding)}\nendstream`];
  let text = "%PDF-1.7\n";
  const offsets: number[] = [];
  objects.forEach((o, i) => {
    offsets.push(text.length);
    text += `${i + 1} 0 obj\n${o}\nendobj\n`;
  });
  const start = text.length;
  text += `xref\n0 5\n0000000000 65535 f \n${offsets.map((o) => String(o).padStart(10, "0") + " 00000 n \n").join("")}`;
  text += `trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`;
  return new Blob([text], { type: "application/pdf" });
}
