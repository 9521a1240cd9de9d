// What a page keeps for its origin: its own key, and the agent's public key as
// it was first seen. Where the browser keeps nothing (private windows, storage
// blocked), both live as long as the page.

import { encode } from "./base64url.js";

export interface PageKey {
  /** Never leaves the browser: it cannot be exported, only used. */
  readonly privateKey: CryptoKey;
  /** The public half as the agent is told it, base64url. */
  readonly spki: string;
}

const store = "keys";
const memory = new Map<string, unknown>();

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Runs use in a transaction, and gives what it gave once that is written. */
async function inStore<T>(mode: IDBTransactionMode, use: (s: IDBObjectStore) => Promise<T>): Promise<T> {
  const opening = indexedDB.open("kyso", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(store);
  const database = await done(opening);
  try {
    const transaction = database.transaction(store, mode);
    const written = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [value] = await Promise.all([use(transaction.objectStore(store)), written]);
    return value;
  } finally {
    database.close();
  }
}

async function read<T>(name: string): Promise<T | undefined> {
  if (memory.has(name)) return memory.get(name) as T;
  return inStore("readonly", (s) => done<T | undefined>(s.get(name))).catch(() => undefined);
}

/** Writes value unless something is there and replace is false; gives what is there then. */
async function write<T>(name: string, value: T, replace: boolean): Promise<T> {
  try {
    const kept = await inStore("readwrite", async (s) => {
      const there = await done<T | undefined>(s.get(name));
      if (there !== undefined && !replace) return there;
      await done(s.put(value, name));
      return value;
    });
    memory.delete(name);
    return kept;
  } catch {
    memory.set(name, value);
    return value;
  }
}

let own: Promise<PageKey> | undefined;

/** This origin's key; made at the first use. Two tabs that make one at once end up with the same. */
export function pageKey(): Promise<PageKey> {
  return (own ??= ownKey());
}

async function ownKey(): Promise<PageKey> {
  const there = await read<PageKey>("page");
  if (there) return there;
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const spki = encode(await crypto.subtle.exportKey("spki", pair.publicKey));
  return write<PageKey>("page", { privateKey: pair.privateKey, spki }, false);
}

/** The agent's key as this origin knows it. */
export const pinnedAgent = (): Promise<string | undefined> => read<string>("agent");

export async function pinAgent(key: string): Promise<void> {
  if ((await pinnedAgent()) !== key) await write("agent", key, true);
}
