// The worker's side: runs the engine. It gets the compiled engine from the page
// and needs no network, so it gives the network up before it sees a document:
// a page's <meta> policy does not reach a worker.
import "wasm_exec";
import type { FromWorker, ToWorker } from "./protocol.js";
import type { ErrorCode } from "./types.js";

for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "EventSource", "WebTransport", "importScripts", "Worker", "BroadcastChannel"]) {
  Object.defineProperty(globalThis, name, { value: undefined });
}

const say = (message: FromWorker): void => postMessage(message);

onmessage = ({ data }: MessageEvent<ToWorker>): void => {
  answer(data).then(say, (error: Error & { code?: ErrorCode }) => {
    say({ type: "failure", code: error.code ?? "INTERNAL", detail: error.message });
  });
};

async function answer(message: ToWorker): Promise<FromWorker> {
  switch (message.type) {
    case "start":
      await start(message.module);
      return { type: "ready" };
    case "inspect":
      return { type: "answer", json: await kysoEngine.inspect(message.file) };
    case "verify":
      return { type: "answer", json: await kysoEngine.verify(source(message.source), message.options, progress()) };
  }
}

// What the engine asks for at once, at most (aheadSize in wasm/cache_js.go).
const window = new Uint8Array(2 << 20);

/** Reads a Blob without ever holding more of it than the window. */
function source(document: Blob | Uint8Array): EngineSource {
  if (document instanceof Uint8Array) {
    return { size: document.byteLength, window, read: (offset, length) => window.set(document.subarray(offset, offset + length)) };
  }
  const reader = new FileReaderSync();
  return {
    size: document.size,
    window,
    read(offset, length) {
      const part = reader.readAsArrayBuffer(document.slice(offset, offset + length));
      if (part.byteLength !== length) throw new Error(`${part.byteLength} bytes instead of ${length}`);
      window.set(new Uint8Array(part));
    },
  };
}

async function start(module: WebAssembly.Module): Promise<void> {
  const go = new Go();
  // The engine never ends by itself. When it does (out of memory, say), the
  // error event tells the page, which starts a new worker.
  go.exit = (code) => {
    setTimeout(() => {
      throw new Error(`the engine ended with code ${code}`);
    });
  };
  void go.run(await WebAssembly.instantiate(module, go.importObject));
}

/** Passes progress on at most some sixty times a second. */
function progress(): (done: number, total: number) => void {
  let last = 0;
  return (done, total) => {
    const now = performance.now();
    if (done < total && now - last < 16) return;
    last = now;
    say({ type: "progress", done, total });
  };
}
