// Reads every document once, in the background and one after the other, for its
// digest; keeps at most one document's bytes, in a Blob that the browser holds
// outside this page, and only while its earlier signatures are judged.
import type { Report, VerifyError } from "../../../../wasm/npm/src/types.js";
import { Digest, wordsOf } from "./digest.js";
import type { Document } from "./frames.js";
import { maxRead } from "./link.js";
import type { Link } from "./link.js";

/** What reading a document has told so far. */
export interface Known {
  /** Bytes read. */
  done: number;
  /** The page's own digest, once all bytes are read. */
  sha256?: string;
  words?: string;
  /** The verdict about earlier signatures, when there are any. */
  report?: Report | VerifyError;
}

/** Judges the signatures of a document. */
export type Judge = (document: Blob) => Promise<Report | VerifyError>;

// Reads under way at once. Each is 256 kB; the connection's round trip is what
// they hide.
const ahead = 4;
/** Parts of the Blob, so that this page holds few bytes of it; a multiple of maxRead. */
const part = 4 << 20;

export class Reader {
  readonly known: Known[];
  private next = 0;
  private running = false;

  /** changed is called with the document about which more is known. */
  constructor(
    private readonly link: Link,
    private readonly documents: readonly Document[],
    private readonly judge: Judge,
    private readonly changed: (document: number) => void,
  ) {
    this.known = documents.map(() => ({ done: 0 }));
  }

  /** Whether everything has been read. */
  get complete(): boolean {
    return this.known.every((one) => one.sha256 !== undefined);
  }

  /** Reads what has not been read, this document first. */
  async start(first: number): Promise<void> {
    this.next = first;
    if (this.running) return;
    this.running = true;
    for (let i = this.pick(); i >= 0; i = this.pick()) await this.read(i);
    this.running = false;
  }

  private pick(): number {
    const unread = (i: number): boolean => this.known[i]?.sha256 === undefined;
    return unread(this.next) ? this.next : this.known.findIndex((_, i) => unread(i));
  }

  private async read(index: number): Promise<void> {
    const { size, signatures } = this.documents[index]!;
    const known = this.known[index]!;
    const digest = new Digest();
    const blobs: Blob[] = [];
    let gathered: Uint8Array<ArrayBuffer>[] = [];
    const under: Promise<Uint8Array<ArrayBuffer>>[] = [];
    let asked = 0;
    known.done = 0;
    while (known.done < size) {
      while (under.length < ahead && asked < size) {
        const length = Math.min(maxRead, size - asked);
        const read = this.link.read(index, asked, length, false);
        read.catch(() => undefined); // heard where it is awaited
        under.push(read);
        asked += length;
      }
      const bytes = await under.shift()!;
      digest.update(bytes);
      known.done += bytes.length;
      if (signatures > 0) {
        gathered.push(bytes);
        if (known.done % part === 0 || known.done === size) {
          blobs.push(new Blob(gathered));
          gathered = [];
        }
      }
      this.changed(index);
    }
    known.sha256 = digest.end();
    known.words = wordsOf(known.sha256);
    this.changed(index);
    if (signatures === 0) return;
    known.report = await this.judge(new Blob(blobs));
    this.changed(index);
  }
}
