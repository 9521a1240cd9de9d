// The road through the browser extension: its content script takes a message port
// for each socket. docs/protocol.md, "From the page to the extension".

import { KysoError } from "./errors.js";
import type { Line, Road, Socket } from "./socket.js";
import type { ErrorCode, Language, Text } from "./types.js";

/** How long the extension may take, in milliseconds: it may have to start the agent. */
const answerTimeout = 15_000;

type FromExtension =
  | { t: "open"; port: number; agentKey: string }
  | { t: "text"; text: string }
  | { t: "data"; data: ArrayBuffer }
  | { t: "close"; code: number }
  | { t: "fail"; error: { code: ErrorCode; message: Text; remedy: Text }; reached: boolean };

/** Why the extension's road is closed. */
export class RoadClosed extends Error {
  constructor(
    readonly error: KysoError,
    /** The agent was reached, and does not want this page. */
    readonly reached: boolean,
  ) {
    super(error.message);
  }
}

/** Whether the extension runs on this page. It answers at once, or is not there. */
export const extensionPresent = (): boolean =>
  globalThis.document?.dispatchEvent(new Event("kyso:find", { cancelable: true })) === false;

export const extensionRoad = (language: Language): Road => ({ name: "extension", dial: (signal) => dial(language, signal) });

/** Rejects with RoadClosed, or with no more than an Error when there is no answer. */
function dial(language: Language, signal?: AbortSignal): Promise<Line> {
  const { port1, port2 } = new MessageChannel();
  const socket = new ExtensionSocket(port1);
  return new Promise<Line>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no answer")), answerTimeout);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      act();
    };
    const abort = (): void => settle(() => reject(new Error("aborted")));
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) return abort();
    socket.opened = (port, agentKey) => settle(() => resolve({ socket: socket as Socket, port, agentKey }));
    socket.failed = ({ code, message, remedy }, reached) => settle(() => reject(new RoadClosed(new KysoError(code, message, remedy, language), reached)));
    socket.addEventListener("close", () => settle(() => reject(new Error("close"))));
    globalThis.postMessage({ kyso: "connect", v: 1 }, globalThis.origin, [port2]);
  }).catch((error: unknown) => {
    socket.close();
    throw error;
  });
}

/** A socket whose other end the extension holds. */
class ExtensionSocket extends EventTarget {
  binaryType = "arraybuffer" as const;
  readyState: number = WebSocketState.connecting;
  opened!: (port: number, agentKey: string) => void;
  failed!: (error: Extract<FromExtension, { t: "fail" }>["error"], reached: boolean) => void;

  constructor(private readonly port: MessagePort) {
    super();
    port.onmessage = ({ data }: MessageEvent<FromExtension>) => this.#receive(data);
  }

  send(data: string | ArrayBuffer): void {
    if (typeof data === "string") this.port.postMessage({ t: "text", text: data });
    else this.port.postMessage({ t: "data", data }, [data]);
  }

  close(): void {
    if (this.readyState !== WebSocketState.closed) this.port.postMessage({ t: "close" });
    this.#ended(1000);
  }

  #receive(message: FromExtension): void {
    switch (message.t) {
      case "open":
        this.readyState = WebSocketState.open;
        return this.opened(message.port, message.agentKey);
      case "text":
        return void this.dispatchEvent(new MessageEvent("message", { data: message.text }));
      case "data":
        return void this.dispatchEvent(new MessageEvent("message", { data: message.data }));
      case "close":
        return this.#ended(message.code);
      case "fail":
        this.failed(message.error, message.reached);
    }
  }

  #ended(code: number): void {
    if (this.readyState === WebSocketState.closed) return;
    this.readyState = WebSocketState.closed;
    this.port.onmessage = null;
    // The other side closes the port: it must get what was sent last.
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

/** As of a WebSocket. */
const WebSocketState = { connecting: 0, open: 1, closed: 3 };
