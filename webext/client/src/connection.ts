import { agentError, clientError } from "./errors.js";
import type { KysoError } from "./errors.js";
import { introduce } from "./handshake.js";
import type { Introduction } from "./handshake.js";
import { decodeChunk, version } from "./protocol.js";
import type { AgentFrame, Announcement, PageFrame, Params, Results } from "./protocol.js";
import type { Line, Road, Socket } from "./socket.js";
import { Download, Upload } from "./transfer.js";
import type { Controls, Language, TokensEvent } from "./types.js";

/** A Blob to send on the channel its params name. */
export interface Outgoing {
  readonly channel: number;
  readonly blob: Blob;
}

/** Told of each document that has come whole. */
export type Received = (document: Announcement, blob: Blob) => void;

/** How long the agent may take to confirm a cancel, in milliseconds. */
const cancelTimeout = 5000;

/** How long the agent keeps a request of a dropped connection, in milliseconds: before and after the person has agreed. */
const keptAsking = 10_000;
const keptApproved = 60_000;

/** Milliseconds before the first try to come back, and the most between two: browsers slow down a page that tries often. */
const firstWait = 100;
const longestWait = 2000;

/** Close codes of a connection that dropped, and was not ended by one side. */
const dropped = [1006, 1011, 1012];

interface Pending {
  id: string; // another one after coming back
  /** What the request is taken up again with; only a signing has one. */
  ticket: string | undefined;
  approved: boolean;
  readonly controls: Controls;
  readonly uploads: readonly Outgoing[];
  readonly downloads: Map<number, Download>;
  readonly received: Received | undefined;
  readonly settle: (error: KysoError | undefined, result?: unknown) => void;
}

/** Frames to and from one agent: requests and answers, chunks and credit. Signings outlive a socket that drops. */
export class Connection {
  readonly closed: Promise<void>;
  introduction!: Introduction; // set before anybody outside sees the connection
  readonly tokenListeners = new Set<(event: TokensEvent) => void>();
  #socket!: Socket;
  #port!: number;
  #pending = new Map<string, Pending>();
  #uploads = new Map<number, Upload>();
  #lastId = 0;
  #lastChannel = 0;
  #end!: () => void;
  #ended = false;
  /** Settles when the agent has been found again, or for good. */
  #comingBack: Promise<void> | undefined;

  private constructor(readonly road: Road, private readonly language: Language) {
    this.closed = new Promise((resolve) => (this.#end = resolve));
  }

  /** Says hello over a line of the road that has just opened. pinned is the key the agent must have. */
  static async open(line: Line, road: Road, pinned: string | undefined, language: Language): Promise<Connection> {
    const c = new Connection(road, language);
    c.#attach(line);
    try {
      // Both must name the same agent: neither the extension nor what this site remembers is enough alone.
      if (pinned !== undefined && pinned !== (line.agentKey ?? pinned)) throw clientError("AGENT_CHANGED", language);
      c.introduction = await introduce(c, line.port, line.agentKey ?? pinned, language);
    } catch (error) {
      c.close();
      throw error;
    }
    return c;
  }

  close(): void {
    this.#socket.close(1000);
    this.#finish();
  }

  /** A channel nobody has used; channels increase in the order of requests. */
  channel(): number {
    return ++this.#lastChannel;
  }

  /** Sends a request, and waits first for a dropped connection to come back. */
  async request<M extends keyof Results, T = Results[M]>(...args: Parameters<typeof this.send<M, T>>): Promise<T> {
    if (this.#comingBack) await this.#comingBack;
    return this.send<M, T>(...args);
  }

  /**
   * Sends a request at once and waits for its answer. The documents received by
   * then are handed to finish by channel.
   */
  send<M extends keyof Results, T = Results[M]>(
    method: M,
    params: Params[M],
    controls: Controls = {},
    uploads: readonly Outgoing[] = [],
    finish: (result: Results[M], downloads: ReadonlyMap<number, Download>) => T = (result) => result as T,
    received?: Received,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) return reject(clientError("CONNECTION_LOST", this.language));
      if (controls.signal?.aborted) return reject(clientError("CANCELLED", this.language));
      let timer: ReturnType<typeof setTimeout> | undefined;
      const abort = (): void => {
        this.#stop(uploads);
        this.#write({ v: version, id: pending.id, type: "cancel" });
        timer ??= setTimeout(() => this.close(), cancelTimeout);
      };
      const settle: Pending["settle"] = (error, result) => {
        this.#pending.delete(pending.id);
        this.#stop(uploads);
        clearTimeout(timer);
        controls.signal?.removeEventListener("abort", abort);
        // Whoever aborted is told so, even when the answer was on its way.
        if (controls.signal?.aborted) return reject(clientError("CANCELLED", this.language));
        if (error) return reject(error);
        try {
          resolve(finish(result as Results[M], pending.downloads));
        } catch {
          reject(clientError("CONNECTION_LOST", this.language));
        }
      };
      const pending: Pending = {
        id: String(++this.#lastId), ticket: undefined, approved: false, controls, uploads, downloads: new Map(), received, settle,
      };
      controls.signal?.addEventListener("abort", abort);
      this.#pending.set(pending.id, pending);
      for (const upload of uploads) this.#upload(pending, upload, 0);
      const frame = { v: version, id: pending.id, type: "request", method };
      this.#write((params === undefined ? frame : { ...frame, params }) as PageFrame);
    });
  }

  #upload(pending: Pending, { channel, blob }: Outgoing, offset: number): void {
    this.#uploads.set(channel, new Upload(channel, blob, this.introduction.hello.limits.chunkBytes, (frame) => this.#writeRaw(frame), () => {
      this.#write({ v: version, id: pending.id, type: "cancel" });
      pending.settle(clientError("FILE_UNREADABLE", this.language));
    }, offset));
  }

  #stop(uploads: readonly Outgoing[]): void {
    for (const { channel } of uploads) {
      this.#uploads.get(channel)?.stop();
      this.#uploads.delete(channel);
    }
  }

  #write(frame: PageFrame): void {
    this.#writeRaw(JSON.stringify(frame));
  }

  #writeRaw(data: string | ArrayBuffer): void {
    if (this.#socket.readyState === 1) this.#socket.send(data); // 1: OPEN
  }

  #attach({ socket, port }: Line): void {
    this.#socket = socket;
    this.#port = port;
    socket.binaryType = "arraybuffer";
    const current = (act: () => void): void => {
      if (socket === this.#socket && !this.#ended) act();
    };
    socket.addEventListener("message", ({ data }) => current(() => this.#receive(data)));
    socket.addEventListener("close", ({ code }) => current(() => this.#lost(code)));
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
    if (frame.type === "event") {
      const { name, ...event } = frame.event;
      if (name === "tokens") for (const told of this.tokenListeners) outside(() => told(event));
      return;
    }
    if (frame.type === "error") {
      // The request has outlived the agent's patience: nothing more can be learned of it.
      const error = frame.error.code === "NOT_RESUMABLE" ? clientError("CONNECTION_LOST", this.language) : agentError(frame.error, this.language);
      // Without an id the whole connection is meant.
      const meant = frame.id ? [this.#pending.get(frame.id)] : [...this.#pending.values()];
      for (const p of meant) p?.settle(error);
      return;
    }
    const pending = this.#pending.get(frame.id);
    if (!pending) return; // settled on this side already
    switch (frame.type) {
      case "accepted":
        pending.ticket = frame.accepted.ticket;
        if (pending.controls.signal?.aborted) return this.#write({ v: version, id: pending.id, type: "cancel" });
        for (const { channel, received } of frame.accepted.documents) {
          const upload = pending.uploads.find((u) => u.channel === channel);
          if (upload && !this.#uploads.has(channel)) this.#upload(pending, upload, received);
        }
        break;
      case "result":
        pending.settle(undefined, frame.result);
        if (pending.ticket !== undefined) this.#write({ v: version, id: frame.id, type: "done" });
        break;
      case "progress":
        if (["signing", "verifying", "sending"].includes(frame.progress.stage)) pending.approved = true;
        if (!pending.controls.signal?.aborted) outside(() => pending.controls.onProgress?.(frame.progress));
        break;
      case "document": {
        const { channel, offset = 0 } = frame.document;
        const download = pending.downloads.get(channel);
        if (download) {
          if (!download.again(offset)) throw new Error("bytes are missing");
        } else if (offset === 0) {
          pending.downloads.set(channel, new Download(frame.document, (bytes) =>
            this.#write({ v: version, type: "credit", credit: { channel, bytes } })));
        } else {
          throw new Error("bytes are missing");
        }
      }
    }
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

  #lost(code: number): void {
    const signings = this.#settle((p) => p.ticket === undefined);
    if (this.#comingBack) return; // it tries again by itself
    if (signings === 0 || !dropped.includes(code)) return this.#finish();
    for (const u of this.#uploads.values()) u.stop();
    this.#uploads.clear();
    this.#comingBack = this.#comeBack().finally(() => (this.#comingBack = undefined));
  }

  /** Gives up the requests that are meant, and tells how many are left. */
  #settle(meant: (p: Pending) => boolean): number {
    for (const p of [...this.#pending.values()]) if (meant(p)) p.settle(clientError("CONNECTION_LOST", this.language));
    return this.#pending.size;
  }

  /** Connects to the same agent again and takes up the signings, as long as the agent keeps them. */
  async #comeBack(): Promise<void> {
    const start = Date.now();
    for (let wait = firstWait; ; wait = Math.min(2 * wait, longestWait)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const gone = Date.now() - start;
      if (this.#ended) return;
      if (this.#settle((p) => gone > (p.approved ? keptApproved : keptAsking)) === 0) return this.#finish();
      let line: Line | undefined;
      try {
        const { socket } = line = await this.road.dial();
        this.#attach(line);
        const slow = setTimeout(() => socket.close(), cancelTimeout);
        const again = await introduce(this, this.#port, this.introduction.transcript.agentKey, this.language).finally(() => clearTimeout(slow));
        if (again.standing === "unpaired") return this.#finish(); // taken back meanwhile
        this.introduction = again;
        break;
      } catch {
        line?.socket.close();
      }
    }
    for (const p of [...this.#pending.values()]) this.#resume(p);
  }

  #resume(p: Pending): void {
    const { ticket } = p;
    if (ticket === undefined) return;
    this.#pending.delete(p.id);
    p.id = String(++this.#lastId);
    p.ticket = undefined; // it serves once
    this.#pending.set(p.id, p);
    const documents = [...p.downloads].map(([channel, d]) => ({ channel, received: d.received }));
    this.#write({ v: version, id: p.id, type: "request", method: "resume", params: { ticket, documents } });
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settle(() => true);
    this.#socket.close();
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
