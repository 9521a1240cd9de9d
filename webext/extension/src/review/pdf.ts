// pdf.js, set up to show and nothing else: no script of a document is run (the
// sandbox for it is not even shipped), no link can be followed (there is no
// layer of links), no XFA form is drawn, and bytes come from the review
// connection alone.
import { AnnotationMode, getDocument, GlobalWorkerOptions, PDFDataRangeTransport, PDFWorker, VerbosityLevel } from "pdfjs-dist/legacy/build/pdf.mjs";
import type { PDFDocumentProxy, PDFPageProxy, PageViewport, RenderTask } from "pdfjs-dist/legacy/build/pdf.mjs";
import { maxRead } from "./link.js";

export type { PDFDocumentProxy, PDFPageProxy };

GlobalWorkerOptions.workerSrc = "pdf.worker.js";

/** Pictures inside a document with more pixels are left out: A0 at 300 dpi has 140 million. */
const maxPicture = 160_000_000;
/** The most pixels of a page on the screen: a 4K screen has 8 million. */
export const maxPixels = 16_000_000;
/** The longest side: beyond 16384 (Safari) to 65535 (Chromium) browsers draw nothing, and say nothing of it. */
export const maxSide = 16_384;
/** Text of one page for screen readers. */
const maxText = 50_000;

/** Where a document's bytes are. */
export interface Source {
  readonly size: number;
  /** At most maxRead bytes. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;
}

class Ranges extends PDFDataRangeTransport {
  private gone = false;

  constructor(private readonly source: Source, private readonly failed: (why: unknown) => void) {
    super(source.size, null);
  }

  override requestDataRange(begin: number, end: number): void {
    this.gather(begin, end).then(
      (bytes) => {
        if (!this.gone) this.onDataRange(begin, bytes);
      },
      (why: unknown) => {
        if (!this.gone) this.failed(why);
      },
    );
  }

  override abort(): void {
    this.gone = true;
  }

  private async gather(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (end - begin <= maxRead) return (await this.source.read(begin, end - begin)).slice();
    // Only a document whose table of objects is broken is wanted whole.
    const whole = new Uint8Array(end - begin);
    for (let at = begin; at < end && !this.gone; at += maxRead) {
      whole.set(await this.source.read(at, Math.min(maxRead, end - at)), at - begin);
    }
    return whole;
  }
}

/** A document that is being opened, or is open. */
export interface Loading {
  readonly promise: Promise<PDFDocumentProxy>;
  /** Ends it at once, also where its worker is too busy to hear anything. */
  readonly end: () => void;
}

/** Begins to open a document, in a worker of its own; failed is told when its bytes cannot be had. */
export function load(source: Source, failed: (why: unknown) => void): Loading {
  const worker = new PDFWorker({ verbosity: VerbosityLevel.ERRORS });
  const task = getDocument({
    worker,
    range: new Ranges(source, failed),
    rangeChunkSize: 1 << 17,
    disableAutoFetch: true,
    disableStream: true,
    isEvalSupported: false,
    enableXfa: false,
    maxImageSize: maxPicture,
    canvasMaxAreaInBytes: 4 * maxPicture,
    cMapUrl: new URL("pdfjs/cmaps/", location.href).href,
    cMapPacked: true,
    standardFontDataUrl: new URL("pdfjs/fonts/", location.href).href,
    wasmUrl: new URL("pdfjs/wasm/", location.href).href,
    verbosity: VerbosityLevel.ERRORS,
  });
  const end = (): void => {
    task.destroy().catch(() => undefined); // waits for the worker's answer, which may never come
    worker.destroy();
  };
  return { promise: task.promise, end };
}

/** Draws a page, its annotations and filled-in fields as they look, none of them alive. */
export const draw = (page: PDFPageProxy, canvas: HTMLCanvasElement, viewport: PageViewport): RenderTask =>
  page.render({ canvas, viewport, annotationMode: AnnotationMode.ENABLE });

/** The words of a page, for those who do not see it. */
export async function words(page: PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent();
  let text = "";
  for (const item of items) {
    if (!("str" in item)) continue;
    text += item.str + (item.hasEOL ? "\n" : "");
    if (text.length > maxText) break;
  }
  return text.slice(0, maxText);
}
