import { agentError, clientError } from "./errors.js";
import type { KysoError } from "./errors.js";
import { clientName, decodeChunk, version } from "./protocol.js";
import type { AgentFrame, Announcement, HelloResult, PageFrame, Params, Results } from "./protocol.js";
import { Download, Upload } from "./transfer.js";
import type { Controls, Language } from "./types.js";

/** A Blob to send on the channel its params name. */
export interface Outgoing {
  readonly channel: number;
  readonly blob: Blob;
}

/** Told of each document that has come whole. */
export type Received = (document: Announcement, blob: Blob) => void;

/** How long the agent may take to confirm a cancel, in milliseconds. */
const cancelTimeout = 5000;

interface Pending {
  readonly controls: Controls;
  readonly uploads: readonly Outgoing[];
  readonly downloads: Map<number, Download>;
  readonly received: Received | undefined;
  readonly settle: (error: KysoError | undefined, result?: unknown) => void;
}

/** Frames over one WebSocket: requests and answers, chunks and credit. */
export class Connection {
  readonly closed: Promise<void>;
  hello!: HelloResult; // set before anybody outside sees the connection
  #pending = new Map<string, Pending>();
  #uploads = new Map<number, Upload>();
  #lastId = 0;
  #lastChannel = 0;
  #end!: () => void;
  #ended = false;

  private constructor(private readonly socket: WebSocket, private readonly language: Language) {
    this.closed = new Promise((resolve) => (this.#end = resolve));
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => this.#receive(event.data));
    socket.addEventListener("close", () => this.#lost());
    socket.addEventListener("error", () => this.#lost());
  }

  /** Says hello over a socket that has just opened. */
  static async open(socket: WebSocket, language: Language): Promise<Connection> {
    const c = new Connection(socket, language);
    c.hello = await c.request("hello", { minVersion: version, maxVersion: version, client: clientName });
    if (c.hello.product !== "kyso" || c.hello.version !== version) {
      c.close();
      throw clientError("AGENT_NOT_FOUND", language); // something else listens there
    }
    return c;
  }

  close(): void {
    this.socket.close(1000);
    this.#lost();
  }

  /** A channel nobody has used; channels increase in the order of requests. */
  channel(): number {
    return ++this.#lastChannel;
  }

  /**
   * Sends a request and waits for its answer. The documents received by then
   * are handed to finish by channel.
   */
  request<M extends keyof Results, T = Results[M]>(
    method: M,
    params: Params[M],
    uploads: readonly Outgoing[] = [],
    controls: Controls = {},
    finish: (result: Results[M], downloads: ReadonlyMap<number, Download>) => T = (result) => result as T,
    received?: Received,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) return reject(clientError("CONNECTION_LOST", this.language));
      if (controls.signal?.aborted) return reject(clientError("CANCELLED", this.language));
      const id = String(++this.#lastId);
      const downloads = new Map<number, Download>();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const abort = (): void => {
        this.#stop(uploads);
        this.#send({ v: version, id, type: "cancel" });
        timer = setTimeout(() => this.close(), cancelTimeout);
      };
      const settle: Pending["settle"] = (error, result) => {
        this.#pending.delete(id);
        this.#stop(uploads);
        clearTimeout(timer);
        controls.signal?.removeEventListener("abort", abort);
        // Whoever aborted is told so, even when the answer was on its way.
        if (controls.signal?.aborted) return reject(clientError("CANCELLED", this.language));
        if (error) return reject(error);
        try {
          resolve(finish(result as Results[M], downloads));
        } catch {
          reject(clientError("CONNECTION_LOST", this.language));
        }
      };
      controls.signal?.addEventListener("abort", abort);
      this.#pending.set(id, { controls, uploads, downloads, received, settle });
      for (const { channel, blob } of uploads) {
        this.#uploads.set(channel, new Upload(channel, blob, this.hello.limits.chunkBytes,
          (frame) => this.#sendRaw(frame),
          () => {
            this.#send({ v: version, id, type: "cancel" });
            settle(clientError("FILE_UNREADABLE", this.language));
          }));
      }
      this.#send((params === undefined ? { v: version, id, type: "request", method } : { v: version, id, type: "request", method, params }) as PageFrame);
    });
  }

  #stop(uploads: readonly Outgoing[]): void {
    for (const { channel } of uploads) {
      this.#uploads.get(channel)?.stop();
      this.#uploads.delete(channel);
    }
  }

  #send(frame: PageFrame): void {
    this.#sendRaw(JSON.stringify(frame));
  }

  #sendRaw(data: string | ArrayBuffer): void {
    if (this.socket.readyState === 1) this.socket.send(data); // 1: OPEN
  }

  #receive(data: unknown): void {
    try {
      if (data instanceof ArrayBuffer) this.#chunk(data);
      else this.#control(JSON.parse(String(data)) as AgentFrame);
    } catch {
      this.close(); // what listens there does not speak the protocol
    }
  }

  #control(frame: AgentFrame): void {
    if (frame.type === "credit") {
      this.#uploads.get(frame.credit.channel)?.grant(frame.credit.bytes);
      return;
    }
    if (frame.type === "error") {
      const error = agentError(frame.error, this.language);
      // Without an id the whole connection is meant.
      const meant = frame.id ? [this.#pending.get(frame.id)] : [...this.#pending.values()];
      for (const p of meant) p?.settle(error);
      return;
    }
    const pending = this.#pending.get(frame.id);
    if (!pending) return; // settled on this side already
    switch (frame.type) {
      case "result":
        pending.settle(undefined, frame.result);
        break;
      case "progress":
        this.#tell(pending, frame);
        break;
      case "document": {
        const { channel } = frame.document;
        pending.downloads.set(channel, new Download(frame.document, (bytes) =>
          this.#send({ v: version, type: "credit", credit: { channel, bytes } })));
      }
    }
  }

  #tell(pending: Pending, frame: Extract<AgentFrame, { type: "progress" }>): void {
    if (pending.controls.signal?.aborted) return;
    outside(() => pending.controls.onProgress?.(frame.progress));
  }

  #chunk(data: ArrayBuffer): void {
    const { channel, payload } = decodeChunk(data);
    for (const { downloads, received } of this.#pending.values()) {
      const download = downloads.get(channel);
      if (!download) continue;
      if (!download.take(payload)) throw new Error("more than was granted");
      if (download.complete && received) outside(() => received(download.announced, download.blob()));
    }
  }

  #lost(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const p of [...this.#pending.values()]) p.settle(clientError("CONNECTION_LOST", this.language));
    this.#end();
  }
}

/** Calls a function of the page, whose faults are its own. */
function outside(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => { throw error; });
  }
}
