// The page's own digest of what it read, as the words a person compares.
import { sha256 } from "@noble/hashes/sha2.js";
import { words } from "../../../client/src/words.js";

/** Hashes piece by piece: WebCrypto wants everything at once. */
export class Digest {
  private readonly hash = sha256.create();

  update(bytes: Uint8Array): void {
    this.hash.update(bytes);
  }

  /** Lower-case hexadecimal. */
  end(): string {
    return [...this.hash.digest()].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

/** How many bytes of a digest are read as words (consent.Words). */
const compared = 5;

/** A digest's words, as the agent's window shows them. */
export function wordsOf(hex: string): string {
  return Array.from({ length: compared }, (_, i) => words[parseInt(hex.slice(2 * i, 2 * i + 2), 16)] ?? "?").join("-");
}
