// Sockets of pages and the scripts of sites, with the browser played by the test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pages } from "../src/background/pages.js";
import { Sites } from "../src/background/sites.js";

const own = "macengpdlehkbnphmgbiaalindljbkom";
const token = "LdAL134CIs7YgmZUganB2fkHMJ0W4F7QB6HqY5KEd6k";
const settle = () => new Promise((resolve) => setImmediate(resolve));

class Socket extends EventTarget {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readonly protocol = "kyso.v1";
  readonly readyState = 1;
  readonly bufferedAmount = 0;
  onopen!: () => void;
  closed: number | undefined;
  constructor(readonly url: string) {
    super();
    Socket.all.push(this);
  }
  close(code: number): void {
    this.closed = code;
  }
}

/** The content script of a page of this site, connected; said is what it was told. */
async function connect(pages: Pages, origin: string): Promise<any[]> {
  const said: any[] = [];
  let hears!: (m: unknown) => void;
  pages.take({
    name: "page", sender: { id: own, url: `${origin}/x`, origin, frameId: 0, documentLifecycle: "active", tab: { id: 1, incognito: false } },
    onMessage: { addListener: (f: typeof hears) => (hears = f) }, onDisconnect: { addListener: () => {} },
    postMessage: (m: unknown) => said.push(m), disconnect: () => said.push("disconnected"),
  } as unknown as chrome.runtime.Port);
  hears({ t: "start", probe: {} });
  await settle();
  Socket.all.at(-1)?.onopen();
  return said;
}

test("a site that is taken back is not served any longer, in tabs that are open either", async () => {
  Object.assign(globalThis, { chrome: { runtime: { id: own } }, WebSocket: Socket });
  const allowed = new Set(["https://a.example", "https://b.example"]);
  let held = 0;
  const pages = new Pages(
    { hold: () => (held++, () => void held--), request: async () => ({ capability: token, expiresIn: 60_000, port: 17810, agentKey: token }) as never },
    { allowed: async (origin) => (allowed.has(origin) ? "person" : undefined), refresh: async () => {} },
  );
  const [a, b] = [await connect(pages, "https://a.example"), await connect(pages, "https://b.example")];
  assert.deepEqual([a[0].t, b[0].t, held], ["open", "open", 2]);
  await pages.look();
  assert.deepEqual(Socket.all.map((s) => s.closed), [undefined, undefined]);
  allowed.delete("https://a.example");
  await pages.look();
  assert.deepEqual(Socket.all.map((s) => s.closed), [1000, undefined]);
  assert.deepEqual([a.at(-1), held], [{ t: "close", code: 1008 }, 1]);
  assert.deepEqual((await connect(pages, "https://a.example")).map((m) => m.t), ["fail"]);
});

test("a site that the browser knows no pattern for does not stand in the way of others", async () => {
  const registered: { id: string; matches: string[] }[] = [];
  const stored = { agentSites: { sites: ["https://a.example", "http://[::1]:8080", "https://b.example"].map((origin) => ({ origin, by: "policy" })), pairing: false, older: [], hash: [], review: "" } };
  Object.assign(globalThis, { chrome: {
    runtime: { getURL: () => "chrome-extension://x/" },
    storage: { local: { get: async () => stored }, managed: { get: async () => ({}) } },
    permissions: { contains: async ({ origins: [one] }: { origins: string[] }) => {
      if (one!.includes("[")) throw new Error(`Invalid value for origin pattern ${one}`);
      return true;
    } },
    scripting: {
      getRegisteredContentScripts: async ({ ids }: { ids: string[] }) => registered.filter((r) => ids.includes(r.id)),
      registerContentScripts: async (all: typeof registered) => void registered.push(...all),
    },
    tabs: { query: async () => [] },
  } });
  const sites = new Sites(async () => stored.agentSites as never, () => {});
  await sites.reload();
  assert.deepEqual(registered.map(({ id, matches }) => [id, matches]), [["content", ["https://a.example/*", "https://b.example/*"]]]);
  assert.deepEqual((await sites.list()).sites.map((s) => s.permission), [true, false, true]);
});
