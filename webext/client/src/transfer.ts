import { encodeChunk } from "./protocol.js";
import type { Announcement } from "./protocol.js";

/** How much of a document may be on its way to us unacknowledged. */
const window = 1 << 20;

/**
 * How many bytes are kept as separate pieces before they become one Blob, which
 * the browser may move out of memory.
 */
const pieceBytes = 8 << 20;

/** A document on its way to the agent, read slice by slice from offset on. */
export class Upload {
  #offset: number;
  #credit = 0;
  #pumping = false;
  #stopped = false;

  constructor(
    private readonly channel: number,
    private readonly blob: Blob,
    private readonly chunkBytes: number,
    private readonly send: (frame: ArrayBuffer) => void,
    private readonly failed: () => void,
    offset = 0,
  ) {
    this.#offset = offset;
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    void this.#pump();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.#stopped && this.#offset < this.blob.size) {
        const n = Math.min(this.chunkBytes, this.#credit, this.blob.size - this.#offset);
        if (n === 0) break;
        const payload = await this.blob.slice(this.#offset, this.#offset + n).arrayBuffer();
        if (payload.byteLength !== n) throw new Error("the file has shrunk");
        if (this.#stopped) break;
        this.#offset += n;
        this.#credit -= n;
        this.send(encodeChunk(this.channel, payload));
      }
    } catch {
      this.stop();
      this.failed();
    } finally {
      this.#pumping = false;
    }
  }
}

/** A document on its way from the agent. */
export class Download {
  #pieces: BlobPart[] = [];
  #pieceBytes = 0;
  #got = 0;
  #granted = 0;

  readonly size: number;

  constructor(readonly announced: Announcement, private readonly grant: (bytes: number) => void) {
    this.size = announced.size;
    this.#ask();
  }

  /** Takes a chunk; false when it is more than was granted. */
  take(payload: Uint8Array<ArrayBuffer>): boolean {
    this.#got += payload.byteLength;
    if (this.#got > this.#granted) return false;
    this.#pieces.push(payload);
    this.#pieceBytes += payload.byteLength;
    if (this.#pieceBytes >= pieceBytes) {
      this.#pieces = [new Blob(this.#pieces)];
      this.#pieceBytes = 0;
    }
    if (this.#granted - this.#got <= window / 2) this.#ask();
    return true;
  }

  /** Goes on over another connection, where nothing has been granted; false when that begins elsewhere. */
  again(offset: number): boolean {
    this.#granted = this.#got;
    if (offset !== this.#got) return false;
    this.#ask();
    return true;
  }

  /** How much is here, in bytes. */
  get received(): number {
    return this.#got;
  }

  get complete(): boolean {
    return this.#got === this.size;
  }

  blob(): Blob {
    return new Blob(this.#pieces, { type: "application/pdf" });
  }

  #ask(): void {
    const bytes = Math.min(this.size - this.#granted, window - (this.#granted - this.#got));
    if (bytes <= 0) return;
    this.#granted += bytes;
    this.grant(bytes);
  }
}
